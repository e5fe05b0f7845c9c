//! What the next batch holds: a row for each answer being written, then prompts in the order they came.

use super::session::ROWS;

/// What one request still needs evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Need {
    /// Tokens of its prompt.
    pub(super) prompt: usize,
    /// Tokens of its answer that were chosen and not yet read.
    pub(super) answer: usize,
    /// Branches after its prompt, and the rows they have together.
    pub(super) branches: Option<Branches>,
}

/// Branches that are evaluated side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Branches {
    /// How many: each takes a sequence.
    pub(super) count: usize,
    /// Their tokens together.
    pub(super) rows: usize,
}

/// What a batch can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Rows, a multiple of [`ROWS`].
    pub(super) rows: usize,
    /// Sequences for branches.
    pub(super) branches: usize,
    /// Where branches run.
    pub(super) joining: Joining,
}

/// Whether branches may share a batch with the end of their prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Joining {
    /// They do.
    WithPrompt,
    /// The prompt must be evaluated before.
    AfterPrompt,
}

/// One request's part of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Share {
    /// The request, by its place among the needs.
    pub(super) request: usize,
    /// Tokens of its prompt or answer.
    pub(super) tokens: usize,
    /// Whether its branches run too.
    pub(super) with_branches: bool,
}

/// Shares the next batch among requests, the oldest first. Only a request alone may have more rows than a
/// batch holds: they are then evaluated one batch after the other.
pub(super) fn plan(needs: &[Need], limits: &Limits) -> Vec<Share> {
    let mut plan = Plan { shares: Vec::new(), rows: 0, branches: 0, limits };
    for (request, need) in needs.iter().enumerate().filter(|(_, need)| need.answer > 0) {
        plan.add(Share { request, tokens: need.answer, with_branches: false }, 0, 0);
    }
    for (request, need) in needs.iter().enumerate().filter(|(_, need)| need.answer == 0) {
        plan.add_reading(request, need);
    }
    plan.shares
}

struct Plan<'a> {
    shares: Vec<Share>,
    rows: usize,
    branches: usize,
    limits: &'a Limits,
}

impl Plan<'_> {
    fn add(&mut self, share: Share, branch_rows: usize, branches: usize) {
        self.rows += share.tokens + branch_rows;
        self.branches += branches;
        self.shares.push(share);
    }

    fn add_reading(&mut self, request: usize, need: &Need) {
        let left = self.limits.rows.saturating_sub(self.rows);
        if left == 0 {
            return;
        }
        let joined = need.branches.filter(|_| need.prompt == 0 || self.limits.joining == Joining::WithPrompt);
        match joined {
            Some(branches) if self.fits(need.prompt, &branches) => {
                let share = Share { request, tokens: need.prompt, with_branches: true };
                self.add(share, branches.rows, branches.count);
            }
            Some(_) => self.add_part(request, need.prompt.saturating_sub(1).min(left)),
            None if need.prompt <= left => {
                self.add(Share { request, tokens: need.prompt, with_branches: false }, 0, 0);
            }
            None => self.add_part(request, left),
        }
    }

    fn fits(&self, prompt: usize, branches: &Branches) -> bool {
        if self.branches + branches.count > self.limits.branches {
            return false;
        }
        self.rows + prompt + branches.rows <= self.limits.rows || (prompt <= 1 && self.shares.is_empty())
    }

    /// Adds the beginning of a prompt, cut so that the batch has full rows where it can.
    fn add_part(&mut self, request: usize, most: usize) {
        let full = ((self.rows + most) / ROWS * ROWS).saturating_sub(self.rows);
        let tokens = if full > 0 { full } else { most };
        if tokens > 0 {
            self.add(Share { request, tokens, with_branches: false }, 0, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { rows: 64, branches: 30, joining: Joining::WithPrompt };

    fn reading(prompt: usize, count: usize, rows: usize) -> Need {
        Need { prompt, branches: Some(Branches { count, rows }), ..Need::default() }
    }

    fn writing(answer: usize) -> Need {
        Need { answer, ..Need::default() }
    }

    fn shares(needs: &[Need]) -> Vec<(usize, usize, bool)> {
        plan(needs, &LIMITS).iter().map(|share| (share.request, share.tokens, share.with_branches)).collect()
    }

    #[test]
    fn branches_run_beside_the_end_of_their_prompt() {
        assert_eq!(shares(&[reading(40, 3, 3)]), [(0, 40, true)]);
        assert_eq!(shares(&[reading(0, 3, 3)]), [(0, 0, true)], "a second group of candidates");
    }

    #[test]
    fn what_does_not_fit_is_cut_at_full_rows() {
        assert_eq!(shares(&[reading(50, 3, 20)]), [(0, 48, false)]);
        assert_eq!(shares(&[reading(200, 3, 3)]), [(0, 64, false)]);
        assert_eq!(shares(&[reading(10, 15, 60)]), [(0, 9, false)], "less than full rows, but on it goes");
        assert_eq!(shares(&[reading(1, 15, 90)]), [(0, 1, true)], "several batches, one after the other");
    }

    #[test]
    fn answers_come_first_and_prompts_fill_the_batch_in_their_order() {
        let needs = [reading(30, 3, 3), writing(1), writing(4), Need { prompt: 40, ..Need::default() }];
        assert_eq!(shares(&needs), [(1, 1, false), (2, 4, false), (0, 30, true), (3, 26, false)]);
        assert_eq!(shares(&[reading(30, 3, 3), reading(40, 3, 3)]), [(0, 30, true), (1, 31, false)]);
    }

    #[test]
    fn branches_wait_for_a_sequence() {
        let needs = [reading(2, 15, 15), reading(2, 14, 14), reading(1, 2, 2), reading(1, 1, 1)];
        assert_eq!(shares(&needs), [(0, 2, true), (1, 2, true), (3, 1, true)]);
    }

    #[test]
    fn a_recurrent_model_reads_the_prompt_first() {
        let limits = Limits { joining: Joining::AfterPrompt, ..LIMITS };
        let share = |tokens, with_branches| vec![Share { request: 0, tokens, with_branches }];
        assert_eq!(plan(&[reading(40, 3, 3)], &limits), share(40, false));
        assert_eq!(plan(&[reading(0, 3, 3)], &limits), share(0, true));
    }

    #[test]
    fn every_request_comes_to_its_end() {
        for prompt in 1..200 {
            for rows in [0, 1, 13, 70] {
                let mut need = reading(prompt, 5, rows);
                for _ in 0..10 {
                    for share in plan(&[need], &LIMITS) {
                        need.prompt -= share.tokens;
                        need.branches = need.branches.filter(|_| !share.with_branches);
                    }
                }
                assert_eq!((need.prompt, need.branches), (0, None), "{prompt} {rows}");
            }
        }
    }
}
