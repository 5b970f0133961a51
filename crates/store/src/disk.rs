//! The file: two tables, written in one transaction.

use std::path::Path;

use redb::{Database, ReadableDatabase, TableDefinition, WriteTransaction};

use crate::{Owner, StoreProblem, Usage};

/// The plugin's keys and values.
const VALUES: TableDefinition<'static, &str, &str> = TableDefinition::new("values");

/// What the host keeps beside them.
const FACTS: TableDefinition<'static, &str, &str> = TableDefinition::new("facts");

/// The version of what stands in the tables.
const VERSION: &str = "1";

/// Memory for pages of the file. The library's own default is a gigabyte, for each store.
const CACHE: usize = 1 << 20;

#[derive(Debug)]
pub(crate) struct Disk {
    database: Database,
}

impl Disk {
    /// Opens or makes the file; gives what it holds and whose it was. The checksums of all pages are
    /// looked at first: without that, a damaged file gives wrong values, or ends the thread that
    /// reads it.
    pub(crate) fn open(file: &Path) -> Result<(Self, Usage, Option<Owner>), StoreProblem> {
        let database = Database::builder()
            .set_cache_size(CACHE)
            .set_check_integrity_on_open(true)
            .create(file)?;
        let disk = Disk { database };
        let (usage, owner) = disk.facts()?;
        Ok((disk, usage, owner))
    }

    fn facts(&self) -> Result<(Usage, Option<Owner>), StoreProblem> {
        let reading = self.database.begin_read()?;
        let facts = match reading.open_table(FACTS) {
            // A new file has no tables.
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok((Usage::default(), None)),
            facts => facts?,
        };
        let fact =
            |name: &str| facts.get(name).map(|found| found.map(|value| value.value().to_owned()));
        if fact("version")?.as_deref() != Some(VERSION) {
            return Err(StoreProblem::Foreign);
        }
        let number = |text: Option<String>| text.and_then(|text| text.parse().ok());
        let numbers = (number(fact("bytes")?), number(fact("keys")?));
        let (Some(bytes), Some(keys)) = numbers else { return Err(StoreProblem::Foreign) };
        let owner = fact("plugin")?.zip(fact("digest")?);
        let owner = owner.map(|(plugin, digest)| Owner { plugin, digest });
        Ok((Usage { bytes, keys }, owner))
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<String>, StoreProblem> {
        self.with_values(None, |values| Ok(values.get(key)?.map(|value| value.value().to_owned())))
    }

    /// Bytes of a value, without it.
    pub(crate) fn size(&self, key: &str) -> Result<Option<usize>, StoreProblem> {
        self.with_values(None, |values| Ok(values.get(key)?.map(|value| value.value().len())))
    }

    /// The keys that begin with a prefix, in order.
    pub(crate) fn names(&self, prefix: &str) -> Result<Vec<String>, StoreProblem> {
        self.with_values(Vec::new(), |values| {
            let mut names = Vec::new();
            for entry in values.range(prefix..)? {
                let (key, _) = entry?;
                if !key.value().starts_with(prefix) {
                    break;
                }
                names.push(key.value().to_owned());
            }
            Ok(names)
        })
    }

    fn with_values<T>(
        &self,
        empty: T,
        look: impl FnOnce(&redb::ReadOnlyTable<&str, &str>) -> Result<T, redb::StorageError>,
    ) -> Result<T, StoreProblem> {
        match self.database.begin_read()?.open_table(VALUES) {
            Err(redb::TableError::TableDoesNotExist(_)) => Ok(empty),
            values => Ok(look(&values?)?),
        }
    }

    /// Makes all changes, or none. They are on disk when this returns.
    pub(crate) fn write<'a>(
        &self,
        changes: impl Iterator<Item = (&'a str, Option<&'a str>)>,
        usage: Usage,
        owner: &Owner,
    ) -> Result<(), StoreProblem> {
        let writing = self.database.begin_write()?;
        {
            let mut values = writing.open_table(VALUES)?;
            for (key, value) in changes {
                match value {
                    Some(value) => drop(values.insert(key, value)?),
                    None => drop(values.remove(key)?),
                }
            }
        }
        write_facts(&writing, usage, owner)?;
        writing.commit()?;
        Ok(())
    }
}

fn write_facts(
    writing: &WriteTransaction,
    usage: Usage,
    owner: &Owner,
) -> Result<(), StoreProblem> {
    let mut facts = writing.open_table(FACTS)?;
    facts.insert("version", VERSION)?;
    facts.insert("bytes", usage.bytes.to_string().as_str())?;
    facts.insert("keys", usage.keys.to_string().as_str())?;
    facts.insert("plugin", owner.plugin.as_str())?;
    facts.insert("digest", owner.digest.as_str())?;
    Ok(())
}
