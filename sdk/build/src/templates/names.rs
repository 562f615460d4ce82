//! One package, named as each place spells it.

use inferno_package::PackageRef;

/// The spellings of a package's name.
pub(super) struct Names {
    package: String,
    name: String,
    /// The crate: both parts, since one alone may be a word of the language.
    pub(super) krate: String,
    /// The type that implements the trait.
    implementor: String,
}

impl Names {
    pub(super) fn new(package: &PackageRef) -> Self {
        let capitalized = |word: &str| {
            let mut letters = word.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase())
                .into_iter()
                .chain(letters)
                .collect::<String>()
        };
        Self {
            package: package.to_string(),
            name: package.name().to_owned(),
            krate: format!("{}-{}", package.publisher(), package.name()),
            implementor: package.name().split('-').map(capitalized).collect(),
        }
    }

    /// Puts them in place of the words in double braces.
    pub(super) fn replace(&self, text: &str) -> String {
        text.replace("{{package}}", &self.package)
            .replace("{{name}}", &self.name)
            .replace("{{crate}}", &self.krate)
            // What stands in Rust must be Rust already, so that it can be formatted.
            .replace("MyPlugin", &self.implementor)
    }
}
