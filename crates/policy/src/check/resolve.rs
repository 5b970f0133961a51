//! Where a relative import leads.

/// The file of the bundle that `specifier`, written in the file `importer`, names; `None` when it
/// leads out of the bundle. Names are taken as they stand: `%2e` is no point, a backslash no slash,
/// and nothing is appended.
pub(super) fn resolve(importer: &str, specifier: &str) -> Option<String> {
    let mut folders: Vec<&str> = importer.split('/').collect();
    folders.pop();
    for part in specifier.split('/') {
        match part {
            "." | "" => {}
            ".." => {
                folders.pop()?;
            }
            name => folders.push(name),
        }
    }
    Some(folders.join("/"))
}

#[cfg(test)]
mod tests {
    use super::resolve;

    #[test]
    fn relative_names_stay_in_the_bundle_or_are_none() {
        let check = |importer: &str, specifier: &str, expect: Option<&str>| {
            assert_eq!(resolve(importer, specifier).as_deref(), expect, "{importer} {specifier}");
        };
        check("main.js", "./a.js", Some("a.js"));
        check("lib/a.js", "./b.js", Some("lib/b.js"));
        check("lib/a.js", "../b.js", Some("b.js"));
        check("lib/a.js", "./c/../b.js", Some("lib/b.js"));
        check("main.js", "../a.js", None);
        check("lib/a.js", "../../a.js", None);
        check("lib/a.js", "./../../lib/a.js", None);
        check("main.js", "./%2e%2e/a.js", Some("%2e%2e/a.js"));
        check("main.js", "./..\\a.js", Some("..\\a.js"));
        check("main.js", "..", None);
    }
}
