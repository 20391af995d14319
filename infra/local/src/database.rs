//! The database of the embedded DynamoDB, with what keeps it fast when much is in it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use dynoxide::Database;
use rusqlite::Connection;

/// Each record looks for the greatest sequence number of its table before it is written, and without an index that is a look at every
/// record so far. The index is on what the embedded DynamoDB asks for, word for word. AWS keeps stream records for 24 hours, this the
/// last 20,000, and looks at each thousandth whether there are more.
const STREAM: &str = "
    CREATE INDEX IF NOT EXISTS muster_stream_order
        ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
    CREATE TRIGGER IF NOT EXISTS muster_stream_retention AFTER INSERT ON _stream_records WHEN NEW.id % 1000 = 0
        BEGIN DELETE FROM _stream_records WHERE id <= NEW.id - 20000; END;
";

/// In memory all pages are in the cache, and `SQLite` walks over the whole cache at the end of each transaction in which a full page was
/// divided: so pages are larger than the 4 KB of its own. It is said before the first table is made, by a write that changes nothing.
const PAGES: &str = "PRAGMA page_size = 16384; PRAGMA application_id = 0;";

/// Opens it in a file or, without one, in memory. Error: what the database says.
pub(crate) fn open(file: Option<&Path>) -> Result<Database, String> {
    // A name of its own in the memory of this process: under it a second connection finds it.
    static OPENED: AtomicU64 = AtomicU64::new(0);
    let in_memory = || {
        let number = OPENED.fetch_add(1, Ordering::Relaxed);
        format!("file:muster-{number}?mode=memory&cache=shared")
    };
    let name = file.map_or_else(in_memory, |path| path.to_string_lossy().into_owned());
    let tune = |connection: &Connection, how: &str| {
        let tuned = connection.execute_batch(how);
        tuned.map_err(|error| error.to_string())
    };
    let connection = Connection::open(&name).map_err(|error| error.to_string())?;
    if file.is_none() {
        tune(&connection, PAGES)?;
    }
    let database = Database::new(&name).map_err(|error| error.to_string())?;
    tune(&connection, STREAM)?;
    Ok(database)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `SQLite` does for the two questions that the embedded DynamoDB asks for each record, and for each reading.
    #[test]
    fn pages_are_large_and_the_stream_is_not_scanned() {
        let name = "file:muster-plan?mode=memory&cache=shared";
        let connection = Connection::open(name).unwrap();
        connection.execute_batch(PAGES).unwrap();
        let _database = Database::new(name).unwrap();
        connection.execute_batch(STREAM).unwrap();
        let size: u32 = connection
            .query_row("PRAGMA page_size", [], |row| row.get(0))
            .unwrap();
        assert_eq!(size, 16_384);
        for question in [
            "SELECT COALESCE(MAX(CAST(sequence_number AS INTEGER)), 0) + 1 FROM _stream_records WHERE table_name = 'a'",
            "SELECT event_name FROM _stream_records WHERE table_name = 'a' AND shard_id = 'b' \
             AND CAST(sequence_number AS INTEGER) > 1 ORDER BY CAST(sequence_number AS INTEGER) ASC LIMIT 1000",
            "DELETE FROM _stream_records WHERE id <= 1",
        ] {
            let plan = format!("EXPLAIN QUERY PLAN {question}");
            let plan: String = connection
                .query_row(&plan, [], |row| row.get("detail"))
                .unwrap();
            assert!(plan.starts_with("SEARCH"), "{plan}");
        }
    }

    #[test]
    fn the_stream_keeps_the_last_records() {
        let name = "file:muster-retention?mode=memory&cache=shared";
        let connection = Connection::open(name).unwrap();
        let _database = Database::new(name).unwrap();
        connection.execute_batch(STREAM).unwrap();
        let records = "
            WITH RECURSIVE number(it) AS (SELECT 1 UNION ALL SELECT it + 1 FROM number WHERE it < 22500)
            INSERT INTO _stream_records (table_name, event_name, keys_json, sequence_number, shard_id, created_at)
                SELECT 'a', 'INSERT', '{}', it, 'b', 0 FROM number;
        ";
        connection.execute_batch(records).unwrap();
        let kept = "SELECT MIN(id), MAX(id), COUNT(*) FROM _stream_records";
        let kept: rusqlite::Result<(u32, u32, u32)> =
            connection.query_row(kept, [], |row| row.try_into());
        assert_eq!(kept.unwrap(), (2_001, 22_500, 20_500));
    }
}
