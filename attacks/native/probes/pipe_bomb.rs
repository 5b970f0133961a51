use rustix::pipe::{fcntl_setpipe_size, pipe};

use crate::errors::While;
use crate::probe::{Expect, Judged, Kind, Outcome, Probe, Row, bites};
use crate::scene::Scene;

pub(super) const PROBE: Probe = Probe {
    name: "pipe-bomb",
    tries: "Takes the kernel's memory by two hundred large pipes, filled.",
    row: Row::Bombs,
    needs: &[],
    expect: Expect::Limited,
    judged: Judged::Told,
    attempt,
};

const MOST: usize = 200;
const SIZE: usize = 256 << 10;

fn attempt(_: &Scene) -> Outcome {
    let mut held = Vec::new();
    for _ in 0..MOST {
        let (reader, writer) = pipe().at_step("a pipe")?;
        // To an ordinary user the kernel gives a few large ones and then small ones.
        fcntl_setpipe_size(&writer, SIZE)
            .at_step("enlarging it")
            .map_err(|miss| miss.means(libc::EPERM, Kind::Limited))?;
        rustix::io::ioctl_fionbio(&writer, true).needed("not waiting")?;
        rustix::io::write(&writer, &vec![1; SIZE]).at_step("filling it")?;
        held.push((reader, writer));
    }
    bites(format!("filled {MOST} pipes"))
}
