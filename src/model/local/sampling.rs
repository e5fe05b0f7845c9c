//! Choosing the next token, and the probability of a given one.

use llama_cpp_2::token::LlamaToken;

use super::job::Sampling;

/// Odds below e^-40 of the likeliest token's are left out: they could not be drawn in practice.
const LEAST_LOG_ODDS: f64 = -40.0;

/// Chooses tokens for one answer.
#[derive(Debug, Clone)]
pub(super) struct Sampler {
    /// `None` always takes the likeliest.
    temperature: Option<f64>,
    top_p: f64,
    state: u64,
}

impl Sampler {
    /// A sampler at the start of its random numbers.
    pub(super) fn new(sampling: &Sampling) -> Self {
        let temperature = sampling.temperature;
        Self {
            temperature: (temperature.is_finite() && temperature > 0.0).then_some(temperature),
            top_p: sampling.top_p.unwrap_or(1.0).clamp(0.0, 1.0),
            state: sampling.seed,
        }
    }

    /// One of the allowed tokens; `None` where none of them has a finite logit.
    pub(super) fn pick(&mut self, logits: &[f32], allowed: impl Fn(u32) -> bool) -> Option<LlamaToken> {
        let open = (0_u32..)
            .zip(logits.iter().copied())
            .filter(|&(token, logit)| logit.is_finite() && allowed(token));
        let best = open.clone().reduce(|best, next| if next.1 > best.1 { next } else { best })?;
        let token = match self.temperature {
            None => best.0,
            Some(temperature) => {
                let log_odds = open.map(|(token, logit)| (token, f64::from(logit - best.1) / temperature));
                self.draw(log_odds).unwrap_or(best.0)
            }
        };
        i32::try_from(token).ok().map(LlamaToken::new)
    }

    /// Draws from the smallest set of likeliest tokens that reaches `top_p` (nucleus sampling, Holtzman et al. 2020).
    fn draw(&mut self, log_odds: impl Iterator<Item = (u32, f64)>) -> Option<u32> {
        let mut odds: Vec<(u32, f64)> = log_odds
            .filter(|&(_, log_odds)| log_odds > LEAST_LOG_ODDS)
            .map(|(token, log_odds)| (token, log_odds.exp()))
            .collect();
        odds.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        let all: f64 = odds.iter().map(|(_, odds)| odds).sum();
        let mut kept = 0.0;
        let mut count = 0;
        for (_, odds) in &odds {
            kept += odds;
            count += 1;
            if kept >= self.top_p * all {
                break;
            }
        }
        let mut left = self.next_uniform() * kept;
        odds.into_iter().take(count).find_map(|(token, odds)| {
            left -= odds;
            (left < 0.0).then_some(token)
        })
    }

    /// A number in 0..1 (`SplitMix64`, Steele et al. 2014).
    fn next_uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        let high = u32::try_from(bits >> 32).unwrap_or(u32::MAX);
        f64::from(high) / (f64::from(u32::MAX) + 1.0)
    }
}

/// The natural log of the softmax over a whole vocabulary.
#[derive(Debug, Clone, Copy)]
pub(super) struct LogSoftmax<'a> {
    logits: &'a [f32],
    log_total: f64,
}

impl<'a> LogSoftmax<'a> {
    /// Normalizes the logits of one position, in `f64`.
    pub(super) fn new(logits: &'a [f32]) -> Self {
        let highest = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let highest = f64::from(highest);
        let total: f64 = logits.iter().map(|&logit| (f64::from(logit) - highest).exp()).sum();
        Self { logits, log_total: highest + total.ln() }
    }

    /// The log-probability of a token; minus infinity for one outside the vocabulary.
    pub(super) fn of(&self, token: LlamaToken) -> f64 {
        usize::try_from(token.0)
            .ok()
            .and_then(|index| self.logits.get(index))
            .map_or(f64::NEG_INFINITY, |&logit| f64::from(logit) - self.log_total)
    }

    /// The log-probability of any one of these tokens; minus infinity for none.
    pub(super) fn of_any(&self, tokens: &[LlamaToken]) -> f64 {
        let each = tokens.iter().map(|&token| self.of(token));
        let highest = each.clone().fold(f64::NEG_INFINITY, f64::max);
        if highest == f64::NEG_INFINITY {
            return highest;
        }
        highest + each.map(|one| (one - highest).exp()).sum::<f64>().ln()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOGITS: [f32; 4] = [0.0, 2.0, 1.0, f32::NAN];

    fn sampler(temperature: f64, top_p: Option<f64>, seed: u64) -> Sampler {
        Sampler::new(&Sampling { temperature, top_p, seed, max_tokens: 1 })
    }

    fn picks(sampler: &mut Sampler, count: u32) -> Vec<i32> {
        (0..count).map(|_| sampler.pick(&LOGITS, |_| true).expect("finite logits").0).collect()
    }

    #[test]
    fn at_temperature_zero_the_likeliest_allowed_token_wins() {
        let mut greedy = sampler(0.0, None, 7);
        assert_eq!(greedy.pick(&LOGITS, |_| true), Some(LlamaToken(1)));
        assert_eq!(greedy.pick(&LOGITS, |token| token != 1), Some(LlamaToken(2)));
        assert_eq!(greedy.pick(&LOGITS, |token| token == 3), None);
    }

    #[test]
    fn equal_logits_go_to_the_first() {
        assert_eq!(sampler(0.0, None, 0).pick(&[1.0, 1.0], |_| true), Some(LlamaToken(0)));
    }

    #[test]
    fn a_seed_gives_the_same_draws_again() {
        let (mut one, mut two) = (sampler(1.0, None, 3), sampler(1.0, None, 3));
        assert_eq!(picks(&mut one, 50), picks(&mut two, 50));
    }

    #[test]
    fn draws_follow_the_softmax() {
        let drawn = picks(&mut sampler(1.0, None, 11), 4000);
        let share = |token: i32| {
            let count = drawn.iter().filter(|&&drawn| drawn == token).count();
            f64::from(u32::try_from(count).expect("small")) / 4000.0
        };
        // softmax of 0, 2, 1
        for (token, expected) in [(0, 0.0900), (1, 0.6652), (2, 0.2447)] {
            assert!((share(token) - expected).abs() < 0.03, "{token}: {}", share(token));
        }
        assert!(share(3) == 0.0);
    }

    #[test]
    fn a_small_top_p_keeps_only_the_likeliest() {
        assert_eq!(picks(&mut sampler(1.0, Some(0.5), 1), 40), [1; 40]);
        let two = picks(&mut sampler(1.0, Some(0.9), 1), 200);
        assert!(two.contains(&2) && !two.contains(&0));
    }

    #[test]
    fn log_softmax_sums_to_one() {
        let softmax = LogSoftmax::new(&[0.0, 2.0, 1.0]);
        let total: f64 = (0..3).map(|token| softmax.of(LlamaToken(token)).exp()).sum();
        assert!((total - 1.0).abs() < 1e-12);
        assert!((softmax.of(LlamaToken(1)) - -0.407_605_964_444_380_1).abs() < 1e-12);
        assert!(softmax.of(LlamaToken(9)).is_infinite());
        assert!(softmax.of_any(&[0, 1, 2].map(LlamaToken)).abs() < 1e-12);
        assert!((softmax.of_any(&[LlamaToken(1)]) - softmax.of(LlamaToken(1))).abs() < 1e-12);
        assert!(softmax.of_any(&[]).is_infinite());
    }
}
