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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use crate::probe::Row;
    use crate::probes;

    #[test]
    fn the_list_holds_every_file_of_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("probes");
        let entries = fs::read_dir(folder).expect("the folder").flatten();
        let names = entries.filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            Some(name.strip_suffix(".rs")?.replace('_', "-"))
        });
        let files: BTreeSet<String> = names.filter(|name| name != "mod").collect();
        let listed: BTreeSet<String> =
            probes::ALL.iter().map(|probe| probe.name.to_owned()).collect();
        assert_eq!(listed.len(), probes::ALL.len(), "a name stands twice in the list");
        let missing: Vec<_> = listed.difference(&files).collect();
        assert!(missing.is_empty(), "{missing:?} are in no file");
        // Elsewhere some are left out for want of the system call.
        let missing: Vec<_> = files.difference(&listed).collect();
        assert!(missing.is_empty() || !cfg!(target_arch = "x86_64"), "{missing:?} never run");
    }

    #[test]
    fn each_program_says_what_it_tries_in_one_sentence() {
        for probe in probes::ALL {
            let one = probe.tries.ends_with('.') && !probe.tries.contains(". ");
            assert!(one, "{}: {:?}", probe.name, probe.tries);
        }
    }

    #[test]
    fn every_row_of_the_table_has_a_program() {
        for row in Row::ALL {
            assert!(probes::ALL.iter().any(|probe| probe.row == row), "{}", row.title());
        }
    }
}
