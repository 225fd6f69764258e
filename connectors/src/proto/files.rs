//! The texts that a schema is made of: its own, and what it imports. Some files everybody has: those of
//! Protobuf itself, and those that a registry takes without being given them.

use super::schema::Schema;
use prost_reflect::DescriptorPool;
use protox::Compiler;
use protox::file::{File, FileResolver, GoogleFileResolver};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Texts of a schema that are not its own, at most.
const FILES_MAX: usize = 64;
/// How many imports may lead from a schema to a file.
pub const IMPORTS_DEEP_MAX: usize = 16;
/// Bytes of all texts of a schema.
const BYTES_MAX: usize = 4 * 1024 * 1024;
/// How deep its braces may be nested. The compiler goes as deep as the text does.
const BRACES_DEEP_MAX: usize = 64;
/// What a schema is called among its files: no import is called so.
const OWN: &str = "<schema>";

/// Files that a registry knows beside those of Protobuf itself.
const KNOWN: [(&str, &str); 4] = [
    (
        "confluent/meta.proto",
        include_str!("known/confluent_meta.proto"),
    ),
    (
        "confluent/type/decimal.proto",
        include_str!("known/confluent_decimal.proto"),
    ),
    (
        "google/type/date.proto",
        include_str!("known/google_date.proto"),
    ),
    (
        "google/type/money.proto",
        include_str!("known/google_money.proto"),
    ),
];

/// The text of a schema and of what it imports.
#[derive(Clone, Debug)]
pub struct Files {
    texts: BTreeMap<String, String>,
    bytes: usize,
}

impl Files {
    /// A schema with this text.
    ///
    /// # Errors
    /// It is larger than any schema is.
    pub fn new(text: String) -> Result<Self, String> {
        let mut files = Self {
            texts: BTreeMap::new(),
            bytes: 0,
        };
        files.put(OWN.to_owned(), text)?;
        Ok(files)
    }

    /// Whether a file of this name need not be added.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.texts.contains_key(name)
            || KNOWN.iter().any(|(known, _)| *known == name)
            || GoogleFileResolver::new().open_file(name).is_ok()
    }

    /// Adds a file that is imported under this name.
    ///
    /// # Errors
    /// There are too many of them, or they are too large.
    pub fn add(&mut self, name: String, text: String) -> Result<(), String> {
        if self.texts.len() > FILES_MAX {
            return Err(format!(
                "it is made of more than {FILES_MAX} files of others"
            ));
        }
        self.put(name, text)
    }

    fn put(&mut self, name: String, text: String) -> Result<(), String> {
        self.bytes += text.len();
        if self.bytes > BYTES_MAX {
            return Err(format!("its files have more than {BYTES_MAX} bytes"));
        }
        if braces_deep(&text) > BRACES_DEEP_MAX {
            return Err(format!("it is nested deeper than {BRACES_DEEP_MAX}"));
        }
        self.texts.insert(name, text);
        Ok(())
    }

    /// Makes a schema of them.
    ///
    /// # Errors
    /// What in them is no schema.
    pub fn schema(self) -> Result<Schema, String> {
        // A text that ends the compiler is no schema, and ends nothing else.
        catch_unwind(AssertUnwindSafe(|| self.compiled()))
            .unwrap_or_else(|_| Err("its text cannot be compiled".to_owned()))
    }

    fn compiled(self) -> Result<Schema, String> {
        let mut compiler = Compiler::with_file_resolver(self);
        let opened = compiler.open_file(OWN);
        opened.map_err(|error| match error.file() {
            Some(file) if file != OWN => format!("`{file}`: {error}"),
            _ => error.to_string(),
        })?;
        let pool: DescriptorPool = compiler.descriptor_pool();
        let own = pool.get_file_by_name(OWN);
        Schema::of(&own.ok_or("it has no text")?)
    }
}

impl FileResolver for Files {
    fn open_file(&self, name: &str) -> Result<File, protox::Error> {
        let known = KNOWN.iter().find(|(known, _)| *known == name);
        let text = match known {
            Some((_, text)) => Some(*text),
            None => self.texts.get(name).map(String::as_str),
        };
        // What Protobuf itself means by a name, nobody says otherwise.
        match (GoogleFileResolver::new().open_file(name), text) {
            (Ok(file), _) => Ok(file),
            (_, Some(text)) => File::from_source(name, text),
            (Err(error), None) => Err(error),
        }
    }
}

/// How deep braces are nested at most, wherever they stand.
fn braces_deep(text: &str) -> usize {
    let (mut deep, mut deepest) = (0usize, 0);
    for byte in text.bytes() {
        match byte {
            b'{' | b'[' | b'<' => deep += 1,
            b'}' | b']' | b'>' => deep = deep.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(deep);
    }
    deepest
}
