//! How fast evenhand is, and what it takes. `cargo bench` measures everything;
//! `cargo bench -- steps http` only what is named. Each part prints a table in Markdown.
//!
//! | part | what it measures |
//! |---|---|
//! | `steps` | the processor's time of a judged call in process, step by step |
//! | `http` | the same through HTTP, beside a plain loop that does the same steps |
//! | `slow` | the same with slow servers; six minutes a repetition, so left out unless it is named |
//! | `peer` | the same by another framework's program (`--peer PROGRAM`), left out without one |
//! | `start` | the command's start to its first request, and its memory |
//! | `cached` | a run whose replies are all in the cache |
//! | `scale` | many records at flat memory (`--records 1000000`; fewer by default) |
//! | `faults` | 5,000 requests to a server with faults: nothing lost, nothing paid twice |

#![expect(
    clippy::print_stdout,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "a measurement may fail loudly, and prints what it found"
)]

mod alarm;
mod cached;
mod case;
mod clock;
mod command;
mod delay;
mod faults;
mod floor;
mod http;
mod mock;
mod peer;
mod scale;
mod slow;
mod start;
mod steps;
mod table;

/// Measures, and prints a table.
type Measure = fn(&Options);

/// What is measured, in this order.
const PARTS: [(&str, Measure); 8] = [
    ("steps", steps::measure),
    ("http", http::measure),
    ("slow", slow::measure),
    ("peer", peer::measure),
    ("start", start::measure),
    ("cached", cached::measure),
    ("scale", scale::measure),
    ("faults", faults::measure),
];

/// What can be chosen.
pub struct Options {
    /// How many records `scale` and `cached` judge, instead of their own numbers.
    pub records: Option<u64>,
    /// How often `http`, `slow` and `steps` repeat what they compare.
    pub repeats: usize,
    /// The server's delay in milliseconds to which `http` and `slow` keep; all without.
    pub delay_ms: Option<u64>,
    /// The calls at a time to which `http` keeps; all without.
    pub at_a_time: Option<u64>,
    /// The program that `peer` runs.
    pub peer: Option<String>,
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    if words.first().is_some_and(|word| word == "serve") {
        return mock::serve();
    }
    let word_after = |flag: &str| {
        let place = words.iter().position(|word| word == flag)?;
        words.get(place + 1)
    };
    let after = |flag: &str| word_after(flag)?.parse::<u64>().ok();
    let repeats = usize::try_from(after("--repeats").unwrap_or(4)).expect("a small number");
    let options = Options {
        records: after("--records"),
        repeats,
        delay_ms: after("--delay"),
        at_a_time: after("--at-a-time"),
        peer: word_after("--peer").cloned(),
    };
    let named = |name: &str| words.iter().any(|word| word == name);
    let all = !PARTS.iter().any(|(name, _)| named(name));
    println!("evenhand {} on {}", env!("CARGO_PKG_VERSION"), clock::machine());
    for (name, measure) in PARTS {
        if named(name) || (all && name != "slow") {
            measure(&options);
        }
    }
}
