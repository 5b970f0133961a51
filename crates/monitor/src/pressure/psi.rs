//! What the kernel tells about pressure.

/// Most bytes of one pressure file that are read. It has two short lines; a file that is longer is
/// none of the kernel's.
pub const PRESSURE_BYTES: usize = 1_024;

/// For what share of the last ten seconds, in percent, something waited.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Stall {
    /// Some of the work waited.
    pub some: f64,
    /// All of it waited. The processor's has none on older kernels.
    pub full: f64,
}

/// The pressure on each resource.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Load {
    /// The processor.
    pub cpu: Stall,
    /// Memory.
    pub memory: Stall,
    /// Disks.
    pub io: Stall,
}

/// Text that tells no pressure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StallError {
    /// It is longer than the kernel's.
    #[error("a pressure file has {0} bytes; {PRESSURE_BYTES} are the most")]
    Large(usize),
    /// A line is not of the kernel's form.
    #[error("line {0} of a pressure file is not of the form `some avg10=0.00 …`")]
    Line(usize),
    /// It has no line `some`.
    #[error("a pressure file has no line `some`")]
    Missing,
}

impl Stall {
    /// Reads the text of `/proc/pressure/cpu`, `memory` or `io`.
    ///
    /// # Errors
    ///
    /// When the text is too long or not of the kernel's form.
    pub fn read(text: &str) -> Result<Self, StallError> {
        if text.len() > PRESSURE_BYTES {
            return Err(StallError::Large(text.len()));
        }
        let (mut some, mut full) = (None, 0.0);
        for (place, line) in text.lines().enumerate() {
            match value(line).ok_or(StallError::Line(place + 1))? {
                ("some", share) => some = Some(share),
                ("full", share) => full = share,
                // A kernel to come may tell more.
                _ => {}
            }
        }
        Ok(Self { some: some.ok_or(StallError::Missing)?, full })
    }
}

/// The name of a line and its average of ten seconds.
fn value(line: &str) -> Option<(&str, f64)> {
    let mut words = line.split_ascii_whitespace();
    let name = words.next()?;
    let average = words.find_map(|word| word.strip_prefix("avg10="))?;
    let share: f64 = average.parse().ok()?;
    (0.0..=100.0).contains(&share).then_some((name, share))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = "some avg10=1.53 avg60=0.87 avg300=0.73 total=37513\n\
                        full avg10=0.25 avg60=0.00 avg300=0.00 total=1\n";

    #[test]
    fn the_kernels_text_is_read() {
        assert_eq!(Stall::read(TEXT), Ok(Stall { some: 1.53, full: 0.25 }));
        let old = TEXT.lines().next().unwrap();
        assert_eq!(Stall::read(old), Ok(Stall { some: 1.53, full: 0.0 }));
    }

    #[test]
    fn other_text_is_refused() {
        let check = |text: &str, error| assert_eq!(Stall::read(text), Err(error));
        check("", StallError::Missing);
        check("full avg10=0.25", StallError::Missing);
        check("some avg10=NaN", StallError::Line(1));
        check("some avg10=101", StallError::Line(1));
        check("some avg10=1\nfull avg60=1", StallError::Line(2));
        check(&"x".repeat(2_000), StallError::Large(2_000));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
            let _ = Stall::read(&text);
        }

        #[test]
        fn nearly_right_text_gives_shares_or_nothing(
            name in "(some|full|x)", value in "-?[0-9]{0,4}[.e]?[0-9]{0,4}(inf|nan)?", rest in "[ a-z0-9=\n]{0,40}",
        ) {
            if let Ok(stall) = Stall::read(&format!("{name} avg10={value} {rest}")) {
                prop_assert!((0.0..=100.0).contains(&stall.some));
            }
        }

        #[test]
        fn shares_are_read_as_written(some in 0u32..=10_000, full in 0u32..=10_000) {
            let [some, full] = [some, full].map(|share| f64::from(share) / 100.0);
            let text = format!("some avg10={some:.2} total=1\nfull avg10={full:.2} total=1\n");
            prop_assert_eq!(Stall::read(&text), Ok(Stall { some, full }));
        }
    }
}
