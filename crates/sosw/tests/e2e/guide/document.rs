//! The README and the pages of the guide, and the blocks of code in them.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A page as its readers have it.
pub struct Document {
    /// `README.md`, or the name of the page with its ending.
    pub name: String,
    pub path: PathBuf,
    pub text: String,
}

/// A fenced block of code.
pub struct Block {
    pub language: String,
    pub text: String,
    /// The file to save it as: its name, in backticks and with a colon, ends the line before the block.
    pub file: Option<String>,
    /// Where it begins in the page.
    pub line: usize,
}

/// The directory of the workspace.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// The directory of the pages.
pub fn guide() -> PathBuf {
    root().join("crates/sosw/guide")
}

/// The README and every page.
pub fn all() -> Vec<Document> {
    let files = fs::read_dir(guide()).unwrap().map(|entry| entry.unwrap().path());
    let mut pages: Vec<_> =
        files.filter(|file| file.extension().is_some_and(|kind| kind == "md")).collect();
    pages.sort();
    pages.insert(0, root().join("README.md"));
    pages.into_iter().map(Document::read).collect()
}

/// The page of this name.
pub fn page(name: &str) -> Document {
    Document::read(guide().join(format!("{name}.md")))
}

impl Document {
    fn read(path: PathBuf) -> Self {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        Self { name, text: fs::read_to_string(&path).unwrap(), path }
    }

    pub fn blocks(&self) -> Vec<Block> {
        let (mut blocks, mut before) = (Vec::new(), "");
        let mut lines = self.text.lines().enumerate();
        while let Some((number, line)) = lines.next() {
            if let Some(language) = line.strip_prefix("```") {
                let within = lines.by_ref().map(|(_, line)| line).take_while(|line| *line != "```");
                let text = within.flat_map(|line| [line, "\n"]).collect();
                let (language, file) = (language.to_owned(), file_named_in(before));
                before = "";
                blocks.push(Block { language, text, file, line: number + 1 });
            } else if !line.trim().is_empty() {
                before = line;
            }
        }
        blocks
    }
}

fn file_named_in(line: &str) -> Option<String> {
    let name = line.strip_suffix("`:")?.rsplit('`').next()?;
    name.contains('.').then(|| name.to_owned())
}

#[test]
fn a_block_is_saved_as_the_file_that_the_line_before_it_ends_with() {
    let text = "Save it as `a b.py`:\n\n```python\nx\n\ny\n```\n\n```sh\nz\n```\n".to_owned();
    let document = Document { name: String::new(), path: PathBuf::new(), text };
    let blocks = document.blocks();
    let read: Vec<_> =
        blocks.iter().map(|b| (b.text.as_str(), b.file.as_deref(), b.line)).collect();
    assert_eq!(read, [("x\n\ny\n", Some("a b.py"), 3), ("z\n", None, 9)]);
}
