//! The rule by which the limit on calls in flight grows and shrinks; pure.
//!
//! Additive increase and multiplicative decrease (Chiu and Jain, "Analysis of
//! the Increase and Decrease Algorithms for Congestion Avoidance in Computer
//! Networks", 1989), with two things learnt from TCP: it trebles each round
//! until the first refusal (slow start, which doubles: Jacobson, 1988), and it remembers where
//! it was refused, to come back there quickly and to try beyond it only now and
//! then (CUBIC: Ha, Rhee, and Xu, 2008).

/// What a call told about the server's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Heard {
    /// A reply.
    Reply,
    /// Too many requests (429), or the server says it is overloaded (503, 529).
    TooMuch,
    /// The server failed (another 5xx), or the connection did.
    Trouble,
    /// Nothing about its load: a refusal of what was asked.
    Nothing,
}

/// By how much each reply raises the limit until the first refusal: each round trebles it.
const RAMP: f64 = 2.0;

/// What is kept of the limit after the first refusal, which may come at three times what the server takes.
const FIRST_CUT: f64 = 0.5;

/// What is kept of the limit after a later refusal.
const CUT: f64 = 0.75;

/// What is kept at least of the limit when more calls of the same round are refused: what was not refused is
/// what the server takes, unless it refuses everybody for a while.
const DEEPEST_CUT: f64 = 0.25;

/// The fewest replies in a row before it tries beyond where it was refused: 2 %
/// of calls refused at most.
const CALM: f64 = 50.0;

#[derive(Clone, Copy, Debug)]
pub(super) struct Controller {
    most: f64,
    limit: f64,
    /// The number in flight at which the server refused last.
    wall: Option<f64>,
    /// Replies since the last refusal, or since it last tried beyond the wall.
    calm: f64,
    /// By how much it tries beyond the wall: more each time that goes well.
    stride: f64,
    /// So many more replies do not let it grow: the server was in trouble a round ago.
    held: f64,
    /// Counts the cuts.
    epoch: u64,
    /// How many calls were in flight at the last cut, less those of that round that were refused.
    taken: f64,
}

impl Controller {
    pub(super) fn new(first: usize, most: usize) -> Self {
        let most = number(most.max(1));
        let limit = number(first.max(1)).min(most);
        Self { most, limit, wall: None, calm: 0.0, stride: 1.0, held: 0.0, epoch: 0, taken: 0.0 }
    }

    /// How many calls may be in flight.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "1 or more, and small")]
    pub(super) fn limit(&self) -> usize {
        self.limit as usize
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Allows more at a time from now on, if it is more than before.
    pub(super) fn raise_most(&mut self, most: usize) {
        self.most = self.most.max(number(most));
    }

    /// A reply came while `in_flight` calls, its own included, were out.
    pub(super) fn replied(&mut self, in_flight: usize) {
        self.calm += 1.0;
        if self.held >= 1.0 {
            self.held -= 1.0;
            return;
        }
        // A limit that is not made use of proves nothing.
        if in_flight < self.limit() {
            return;
        }
        let Some(wall) = self.wall else {
            self.limit = (self.limit + RAMP).min(self.most);
            return;
        };
        let edge = (wall - 1.0).max(1.0);
        if self.limit < edge {
            self.limit = (self.limit + 1.0 / self.limit).min(edge).min(self.most);
        } else if self.calm >= CALM.max(2.0 * self.limit) {
            self.calm = 0.0;
            self.limit = (edge + self.stride).min(self.most);
            self.wall = Some(self.limit + 1.0);
            self.stride *= 2.0;
        }
    }

    /// The server had too much of a call that was sent in `epoch`, while
    /// `in_flight` calls were out.
    pub(super) fn refused(&mut self, in_flight: usize, epoch: u64) {
        if let Some(seen) = self.cut(in_flight, epoch) {
            self.stride = 1.0;
            self.wall = Some(seen.floor());
        } else if epoch + 1 == self.epoch {
            self.refused_too();
        }
    }

    /// Another call of the round that was cut was refused: the server takes one fewer.
    fn refused_too(&mut self) {
        self.taken -= 1.0;
        let deepest = DEEPEST_CUT * self.wall.unwrap_or(self.limit);
        self.limit = self.limit.min(self.taken.max(deepest)).max(1.0);
    }

    /// The same, but the server said how long to wait: a limit on requests or tokens a minute, which says
    /// little about how many it takes at a time. Where it was refused before is kept.
    pub(super) fn told_to_wait(&mut self, in_flight: usize, epoch: u64) {
        let before = self.wall;
        if let Some(seen) = self.cut(in_flight, epoch) {
            self.wall = before.or(Some(seen.floor()));
        }
    }

    /// Cuts the limit, and gives the number in flight at which it did; `None` if it has cut already.
    fn cut(&mut self, in_flight: usize, epoch: u64) -> Option<f64> {
        self.calm = 0.0;
        if epoch != self.epoch {
            return None;
        }
        let seen = number(in_flight).min(self.limit).max(1.0);
        let cut = if self.wall.is_none() { FIRST_CUT } else { CUT };
        self.epoch += 1;
        self.limit = (seen * cut).max(1.0);
        self.taken = seen - 1.0;
        Some(seen)
    }

    /// The server is in trouble: the limit does not grow for a round, which is as many replies as may be in
    /// flight. By the clock it would never grow with a server that fails now and then all the time.
    pub(super) fn troubled(&mut self) {
        self.held = self.limit;
    }
}

#[expect(clippy::cast_precision_loss, reason = "numbers of calls at a time are small")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_trebles_until_the_first_refusal_then_comes_back_and_stays_below() {
        let mut controller = Controller::new(8, 64);
        (0..8).for_each(|_| controller.replied(controller.limit()));
        assert_eq!(controller.limit(), 24);
        controller.refused(16, controller.epoch());
        assert_eq!(controller.limit(), 8);
        (0..200).for_each(|n| {
            controller.replied(controller.limit());
            assert!(controller.limit() <= 15 || n > 50, "{n}");
        });
        assert!(controller.limit() >= 16, "it tries again after a long calm");
    }

    #[test]
    fn waits_that_are_asked_for_now_and_then_do_not_wear_it_down() {
        let mut controller = Controller::new(16, 32);
        for n in 1..2000 {
            controller.replied(controller.limit());
            if n % 70 == 0 {
                controller.told_to_wait(controller.limit(), controller.epoch());
            }
        }
        assert!(controller.limit() >= 12, "{}", controller.limit());
    }

    #[test]
    fn a_round_is_cut_to_what_was_not_refused_and_never_below_a_quarter() {
        let after = |refused: usize| {
            let mut controller = Controller::new(16, 64);
            let epoch = controller.epoch();
            (0..refused).for_each(|_| controller.refused(16, epoch));
            controller.limit()
        };
        assert_eq!([1, 6, 8, 10, 13, 16].map(after), [8, 8, 8, 6, 4, 4]);
        let mut controller = Controller::new(8, 64);
        (0..9).for_each(|_| controller.refused(1, controller.epoch()));
        assert_eq!(controller.limit(), 1, "never less than one");
    }

    #[test]
    fn trouble_holds_it_for_a_round_and_a_little_of_it_all_the_time_does_not_hold_it_for_good() {
        let mut controller = Controller::new(8, 64);
        controller.troubled();
        (0..8).for_each(|_| controller.replied(controller.limit()));
        assert_eq!(controller.limit(), 8);
        for n in 0..400 {
            if n % 50 == 0 {
                controller.troubled();
            }
            controller.replied(controller.limit());
        }
        assert!(controller.limit() > 30, "{}", controller.limit());
    }

    #[test]
    fn what_is_not_made_use_of_does_not_grow() {
        let mut controller = Controller::new(8, 64);
        (0..100).for_each(|_| controller.replied(3));
        assert_eq!(controller.limit(), 8);
        let mut controller = Controller::new(8, 10);
        (0..100).for_each(|_| controller.replied(controller.limit()));
        assert_eq!(controller.limit(), 10, "never more than allowed");
    }
}
