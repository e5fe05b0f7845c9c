//! The `karat` command.

fn main() {}
