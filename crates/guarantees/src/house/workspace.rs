//! What is read from the disk: the crates of a checkout, their dependencies, the text under `src`.

use std::{collections::BTreeMap, fs, path::Path};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package, TargetKind};
use walkdir::WalkDir;

use super::HouseError;

/// A crate as it lies on the disk. Paths are relative to its directory, as in `src/lib.rs`.
#[derive(Clone, Debug, Default)]
pub struct Crate {
    pub name: String,
    /// The files that the compiler starts with: the library first, then the binaries.
    pub roots: Vec<String>,
    /// The text of each `.rs` file under `src`, by path.
    pub files: BTreeMap<String, String>,
    /// The dependencies among the crates of the checkout, sorted.
    pub dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dependency {
    pub section: Section,
    pub on: String,
}

/// The section of Cargo.toml that a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Section {
    Normal,
    Build,
    Dev,
}

/// The workspace that this crate was compiled in.
pub const HERE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// All crates of the checkout at `directory`, by name.
///
/// # Errors
/// When cargo finds no workspace there, or a file cannot be read.
pub fn read(directory: &Path) -> Result<Vec<Crate>, HouseError> {
    let metadata = metadata(directory)?;
    let ours: Vec<&str> = metadata.packages.iter().map(|package| package.name.as_str()).collect();
    let mut crates: Vec<Crate> = metadata
        .packages
        .iter()
        .map(|package| read_crate(package, &ours))
        .collect::<Result<_, _>>()?;
    crates.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(crates)
}

/// The members only: resolving their dependencies could need the network.
fn metadata(directory: &Path) -> Result<Metadata, HouseError> {
    let mut command = MetadataCommand::new();
    command.manifest_path(directory.join("Cargo.toml")).no_deps();
    command.other_options(["--offline".to_owned()]);
    command.exec().map_err(|source| HouseError::Metadata { directory: directory.into(), source })
}

fn read_crate(package: &Package, ours: &[&str]) -> Result<Crate, HouseError> {
    let directory = package.manifest_path.with_file_name("");
    let directory = directory.as_std_path();
    Ok(Crate {
        name: package.name.to_string(),
        roots: roots(package, directory),
        files: rust_files(directory, "src")?,
        dependencies: dependencies(package, ours),
    })
}

fn roots(package: &Package, directory: &Path) -> Vec<String> {
    let is_built = |kind: &TargetKind| matches!(kind, TargetKind::Bin | TargetKind::Lib);
    let mut roots: Vec<(bool, String)> = package
        .targets
        .iter()
        .filter(|target| target.kind.iter().any(is_built))
        .filter_map(|target| {
            let path = target.src_path.strip_prefix(directory).ok()?;
            Some((target.is_bin(), path.as_str().to_owned()))
        })
        .filter(|(_, path)| path.starts_with("src/"))
        .collect();
    roots.sort();
    roots.into_iter().map(|(_, path)| path).collect()
}

/// A path counts as ours too: a crate beside the workspace must not escape the table.
fn dependencies(package: &Package, ours: &[&str]) -> Vec<Dependency> {
    let among_us = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.path.is_some() || ours.contains(&dependency.name.as_str()));
    let mut dependencies: Vec<Dependency> = among_us
        .map(|dependency| Dependency {
            section: dependency.kind.into(),
            on: dependency.name.clone(),
        })
        .collect();
    dependencies.sort();
    dependencies.dedup();
    dependencies
}

impl From<DependencyKind> for Section {
    /// What cargo may add later is treated as strictly as the rest.
    fn from(kind: DependencyKind) -> Self {
        match kind {
            DependencyKind::Build => Self::Build,
            DependencyKind::Development => Self::Dev,
            _ => Self::Normal,
        }
    }
}

/// The text of every `.rs` file below `directory/under`, by its path relative to `directory`.
///
/// # Errors
/// When a directory or a file cannot be read.
pub fn rust_files(directory: &Path, under: &str) -> Result<BTreeMap<String, String>, HouseError> {
    let mut files = BTreeMap::new();
    for entry in WalkDir::new(directory.join(under)) {
        let entry = entry?;
        let path = entry.path();
        if entry.file_type().is_file() && path.extension().is_some_and(|ending| ending == "rs") {
            let relative = path.strip_prefix(directory).unwrap_or(path);
            let text = fs::read_to_string(path)
                .map_err(|source| HouseError::Read { path: path.into(), source })?;
            files.insert(relative.to_string_lossy().into_owned(), text);
        }
    }
    Ok(files)
}
