//! The `karat` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    karat::cli::main()
}
