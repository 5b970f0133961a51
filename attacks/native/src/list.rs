//! What there is.

use serde_json::json;

use crate::probe::Need;
use crate::probes;

pub(crate) fn list(as_json: bool) {
    if as_json {
        let all: Vec<_> = probes::ALL
            .iter()
            .map(|probe| {
                let needs: Vec<_> = probe.needs.iter().map(|need| need.word()).collect();
                json!({
                    "name": probe.name,
                    "tries": probe.tries,
                    "row": probe.row.title(),
                    "needs": needs,
                    "expect": probe.expect.word(),
                })
            })
            .collect();
        println!("{}", json!(all));
        return;
    }
    for probe in probes::ALL {
        let needs: Vec<_> = probe.needs.iter().copied().map(Need::word).collect();
        println!("{}  ({}; {})", probe.name, probe.row.title(), probe.expect.word());
        println!("    {}", probe.tries);
        if !needs.is_empty() {
            println!("    needs: {}", needs.join(", "));
        }
    }
    println!("{} programs", probes::ALL.len());
}
