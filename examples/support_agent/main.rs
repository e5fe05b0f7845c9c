//! A small support agent: a customer's request in, its conversation out.
//!
//! It reads `{"request": "...", "customer": "..."}` from the standard input,
//! works on the orders in `orders.json` (or in the file that
//! `SUPPORT_AGENT_ORDERS` names), and prints its messages and tool calls in the
//! form of OpenAI's chat completions. Changes are made on a copy in memory.
//!
//! Rules decide, no model does: the same request always gets the same
//! conversation. Like any agent it has faults, which a suite can find.
//!
//! ```sh
//! echo '{"request": "Please refund order 1003.", "customer": "ben"}' |
//!     cargo run --example support_agent
//! ```
//!
//! `--careless` runs a version that refunds without looking at the policy.

mod agent;
mod conversation;
mod desk;
mod request;
mod shop;

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use self::agent::{Agent, Care};
use self::request::Request;
use self::shop::Shop;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            // Where nobody can be told, the exit code still says it.
            let _ = writeln!(io::stderr(), "support_agent: {fault}");
            ExitCode::from(2)
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let care = care(env::args().skip(1))?;
    let request = Request::read(io::stdin().lock())?;
    let shop = Shop::open(&orders())?;
    let conversation = Agent::new(shop, care).serve(&request);
    writeln!(io::stdout().lock(), "{conversation:#}")?;
    Ok(())
}

fn care(arguments: impl Iterator<Item = String>) -> Result<Care, String> {
    let mut care = Care::Careful;
    for argument in arguments {
        match argument.as_str() {
            "--careless" => care = Care::Careless,
            _ => return Err(format!("unknown argument \"{argument}\"; the only one is --careless")),
        }
    }
    Ok(care)
}

fn orders() -> PathBuf {
    let bundled = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/support_agent/orders.json");
    env::var_os("SUPPORT_AGENT_ORDERS").map_or_else(|| bundled.into(), PathBuf::from)
}
