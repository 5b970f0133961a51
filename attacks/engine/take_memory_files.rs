use rustix::fs::{MemfdFlags, memfd_create};

use crate::{Attack, Miss, Outcome, Refused, Scene, fill};

pub(super) const ATTACK: Attack = Attack {
    name: "take-memory-files",
    tries: "Takes four times the memory that it may, as files that are mapped nowhere.",
    source: "memfd_create(2); RLIMIT_DATA and RLIMIT_AS count mappings only",
    needs: &[],
    attempt,
    refused: Refused::Limited,
};

fn attempt(_: &Scene) -> Outcome {
    let (mut files, piece) = (Vec::new(), vec![1u8; 1 << 20]);
    fill(|| {
        // As much as fits into the last file, then into another.
        if let Some(file) = files.last_mut()
            && write(file, &piece).is_ok()
        {
            return Ok(());
        }
        let file = memfd_create(c"attack", MemfdFlags::empty()).map_err(|e| e.raw_os_error())?;
        let mut file = std::fs::File::from(file);
        let wrote = write(&mut file, &piece);
        files.push(file);
        wrote.map_err(|error| Miss::Refused(error.raw_os_error().unwrap_or(0)))
    })
}

fn write(file: &mut std::fs::File, piece: &[u8]) -> std::io::Result<()> {
    std::io::Write::write_all(file, piece)
}
