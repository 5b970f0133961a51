//! A sandbox's command line, as it is given: words, quotes and placeholders.

use crate::scene::Scene;

/// The words of a command line with everything filled in, and the program with its arguments
/// behind, or in the place of `{command}` as one word for a shell.
pub(super) fn fill(
    template: &str,
    scene: &Scene,
    program: &str,
    arguments: &[&str],
) -> Result<Vec<String>, String> {
    let command: Vec<String> =
        std::iter::once(program).chain(arguments.iter().copied()).map(str::to_owned).collect();
    let quoted: Vec<String> = command.iter().map(|word| quote(word)).collect();
    let places = [
        ("{granted}", scene.granted()),
        ("{readonly}", scene.readonly()),
        ("{folder}", scene.folder.clone()),
        ("{program}", program.to_owned()),
        ("{scene}", scene.to_json()),
        ("{command}", quoted.join(" ")),
    ];
    let mut filled = split(template)?;
    for word in &mut filled {
        for (place, value) in &places {
            *word = word.replace(place, value);
        }
    }
    if !template.contains("{command}") {
        filled.extend(command);
    }
    Ok(filled)
}

fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Splits at white space outside quotes; a quote inside the other kind is a character.
fn split(text: &str) -> Result<Vec<String>, String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for character in text.chars() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    if quote.is_some() {
        return Err(format!("a quote is left open: {text}"));
    }
    words.extend(word);
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::{fill, split};
    use crate::scene::Scene;

    #[test]
    fn words_are_split_as_by_a_shell() {
        let check = |text, words: &[&str]| assert_eq!(split(text).expect("words"), words);
        check("a  b\n c", &["a", "b", "c"]);
        check("a 'b \"c' \"d 'e\"", &["a", "b \"c", "d 'e"]);
        check("a='b c' ''", &["a=b c", ""]);
        assert!(split("a 'b").is_err());
    }

    #[test]
    fn the_program_comes_last_unless_it_has_a_place() {
        let scene = Scene { folder: "/s".into(), ..Scene::default() };
        let fill = |template| fill(template, &scene, "/p", &["x y", "it's"]).expect("words");
        assert_eq!(fill("b {granted} --"), ["b", "/s/granted", "--", "/p", "x y", "it's"]);
        assert_eq!(fill("su -c {command}"), ["su", "-c", r"'/p' 'x y' 'it'\''s'"]);
        assert_eq!(fill(""), ["/p", "x y", "it's"]);
    }
}
