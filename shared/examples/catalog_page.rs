//! Writes the catalog's page of a file `{"manifest": …, "changes": […], "tables": […]}` into a folder.

use std::{error::Error, fs, path::Path};

use rowferry::catalog::{native, page};
use serde::Deserialize;

#[derive(Deserialize)]
struct Export {
    manifest: native::Manifest,
    changes: Vec<native::Change>,
    tables: Vec<native::Table>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(from), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: catalog_page export.json folder".into());
    };
    let export: Export = serde_json::from_str(&fs::read_to_string(from)?)?;
    let shared = page::files(&export.manifest, &export.changes);
    for (key, content) in shared.into_iter().chain(export.tables.iter().map(page::table)) {
        let path = Path::new(&folder).join(key);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("")))?;
        fs::write(path, content)?;
    }
    Ok(())
}
