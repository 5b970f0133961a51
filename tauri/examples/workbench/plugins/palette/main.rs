//! A palette of one colour, as a program for WASI: it takes `#rrggbb` as its argument and prints JSON.
//!
//! Tones and companions are made in Oklch (<https://bottosson.github.io/posts/oklab/>), in which a step
//! looks as large for one hue as for another. It reads no file and knows no clock.
//!
//! `main.wasm` was built of it, with Rust 1.95, by
//!
//!     rustc --edition 2024 --target wasm32-wasip1 -Copt-level=z -Clto -Ccodegen-units=1 -Cpanic=abort -Cstrip=symbols main.rs -o main.wasm

use std::process::ExitCode;

fn main() -> ExitCode {
    let seed = std::env::args().nth(1);
    let Some(seed) = seed.as_deref().and_then(Rgb::parse) else {
        eprintln!("give one colour, such as #2f6fed");
        return ExitCode::FAILURE;
    };
    let lch = Lch::of(seed);

    let tones = (0..9_u8).map(|step| {
        let lightness = 0.97 - 0.095 * f64::from(step);
        // Very light and very dark tones have less colour, as paint has.
        let chroma = lch.chroma * (1.0 - (2.0 * lightness - 1.05).powi(2)).max(0.15);
        let name = if step == 0 { "50".to_owned() } else { format!("{step}00") };
        swatch(&name, Lch { lightness, chroma, ..lch }.to_rgb())
    });
    let companions = [
        ("complement", 180.0),
        ("left", -30.0),
        ("right", 30.0),
        ("third", 120.0),
        ("two thirds", 240.0),
    ]
    .map(|(name, turn)| swatch(name, Lch { hue: lch.hue + f64::to_radians(turn), ..lch }.to_rgb()));

    let list = |swatches: Vec<String>| format!("[{}]", swatches.join(","));
    println!(
        r#"{{"of":{},"tones":{},"companions":{}}}"#,
        swatch("seed", seed),
        list(tones.collect()),
        list(companions.into()),
    );
    ExitCode::SUCCESS
}

/// A colour as JSON, with the text colour that is easier to read on it, and how much they differ (1 to 21).
fn swatch(name: &str, colour: Rgb) -> String {
    let (black, white) = (colour.contrast(Rgb([0.0; 3])), colour.contrast(Rgb([1.0; 3])));
    let (text, contrast) = if black > white { ("#000000", black) } else { ("#ffffff", white) };
    let hex = colour.hex();
    // Without the machinery that prints a float: it is a third of the module.
    let tenths = (contrast * 10.0).round() as u32;
    let (whole, tenth) = (tenths / 10, tenths % 10);
    format!(r#"{{"name":"{name}","colour":"{hex}","text":"{text}","contrast":{whole}.{tenth}}}"#)
}

/// Red, green and blue of sRGB, from 0 to 1.
#[derive(Clone, Copy)]
struct Rgb([f64; 3]);

impl Rgb {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6)?;
        let number = u32::from_str_radix(digits, 16).ok()?;
        let [_, red, green, blue] = number.to_be_bytes();
        Some(Self([red, green, blue].map(|part| f64::from(part) / 255.0)))
    }

    fn hex(self) -> String {
        let [red, green, blue] = self.0.map(|part| (part * 255.0).round() as u8);
        format!("#{red:02x}{green:02x}{blue:02x}")
    }

    fn linear(self) -> [f64; 3] {
        self.0.map(
            |part| if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) },
        )
    }

    /// The contrast of WCAG 2.
    fn contrast(self, other: Self) -> f64 {
        let luminance =
            |[red, green, blue]: [f64; 3]| 0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05;
        let (a, b) = (luminance(self.linear()), luminance(other.linear()));
        a.max(b) / a.min(b)
    }
}

/// Lightness, chroma and hue of Oklch; the hue in radians.
#[derive(Clone, Copy)]
struct Lch {
    lightness: f64,
    chroma: f64,
    hue: f64,
}

impl Lch {
    fn of(colour: Rgb) -> Self {
        let [red, green, blue] = colour.linear();
        let long = (0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue).cbrt();
        let middle = (0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue).cbrt();
        let short = (0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue).cbrt();
        let lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short;
        let a = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short;
        let b = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short;
        Self { lightness, chroma: a.hypot(b), hue: b.atan2(a) }
    }

    /// The nearest colour of this lightness and hue that a screen shows: it has less chroma where need be.
    fn to_rgb(self) -> Rgb {
        let shown = |colour: [f64; 3]| colour.iter().all(|part| (-0.0001..=1.0001).contains(part));
        let (mut least, mut most) = (0.0, self.chroma);
        if shown(self.linear(most)) {
            least = most;
        }
        for _ in 0..16 {
            let chroma = f64::midpoint(least, most);
            if shown(self.linear(chroma)) { least = chroma } else { most = chroma }
        }
        Rgb(self.linear(least).map(|part| {
            let part = part.clamp(0.0, 1.0);
            if part <= 0.0031308 { part * 12.92 } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 }
        }))
    }

    fn linear(self, chroma: f64) -> [f64; 3] {
        let (a, b) = (chroma * self.hue.cos(), chroma * self.hue.sin());
        let long = (self.lightness + 0.3963377774 * a + 0.2158037573 * b).powi(3);
        let middle = (self.lightness - 0.1055613458 * a - 0.0638541728 * b).powi(3);
        let short = (self.lightness - 0.0894841775 * a - 1.2914855480 * b).powi(3);
        [
            4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
            -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
            -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
        ]
    }
}
