use crate::{Attack, Miss, Outcome, Refused, Scene, fill};

pub(super) const ATTACK: Attack = Attack {
    name: "take-heap",
    tries: "Takes four times the memory that it may.",
    source: "mmap(2); the classic resource attack",
    needs: &[],
    attempt,
    refused: Refused::Limited,
};

fn attempt(_: &Scene) -> Outcome {
    let mut taken: Vec<Vec<u8>> = Vec::new();
    fill(|| {
        let mut piece = Vec::new();
        piece.try_reserve_exact(1 << 20).map_err(|_| Miss::Refused(libc::ENOMEM))?;
        piece.resize(1 << 20, 1);
        taken.push(piece);
        std::hint::black_box(&taken);
        Ok(())
    })
}
