//! `sosw completion`: a script that completes commands and flags in a shell.

use clap::CommandFactory;
use clap_complete::{Shell, generate};

use crate::{cli::Cli, error::Error, print};

const EXAMPLES: &str = "\
Examples:
  sosw completion bash > ~/.local/share/bash-completion/completions/sosw
  sosw completion zsh > ~/.zfunc/_sosw      with `fpath+=~/.zfunc` before `compinit` in ~/.zshrc
  sosw completion fish > ~/.config/fish/completions/sosw.fish";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// Shell that reads the script
    shell: Shell,
}

pub fn run(args: &Args) -> Result<(), Error> {
    let mut script = Vec::new();
    generate(args.shell, &mut Cli::command(), "sosw", &mut script);
    print::out(String::from_utf8_lossy(&script).trim_end())
}
