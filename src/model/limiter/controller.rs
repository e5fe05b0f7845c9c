//! The rule by which the limit on calls in flight grows and shrinks; pure.
//!
//! Additive increase and multiplicative decrease (Chiu and Jain, "Analysis of
//! the Increase and Decrease Algorithms for Congestion Avoidance in Computer
//! Networks", 1989), with three things learnt from TCP. It multiplies until the
//! first refusal (slow start: Jacobson, 1988). What counts is how many calls were
//! in flight when one was sent, not when its reply came: replies may come in
//! bursts (congestion window validation: RFC 7661). And it remembers where it
//! was refused, to come back there quickly and to try beyond it only now and
//! then (CUBIC: Ha, Rhee, and Xu, 2008).

use tokio::time::Instant;

use super::ramp::{FIRST, Ramp};
use crate::number::{real, to_usize};

/// What a call told about the server's load.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::model) enum Load {
    /// A reply.
    Reply,
    /// Too many requests (429), or the server says it is overloaded (503, 529).
    TooMuch,
    /// The server failed (another 5xx), or the connection did.
    Trouble,
    /// Nothing about its load: a refusal of what was asked.
    Nothing,
}

/// What is kept of the limit after a refusal.
const CUT: f64 = 0.75;

/// What is kept of it when the first refusal says how long to wait.
const FIRST_WAIT_CUT: f64 = 0.5;

/// What is kept at least of the limit when more calls of the same round are refused: what was not refused is
/// what the server takes, unless it refuses everybody for a while.
const DEEPEST_CUT: f64 = 0.25;

/// The fewest and the most replies in a row before it probes beyond where it was refused. Each probe that is
/// refused doubles the number, so that fewer and fewer calls are refused.
const CALM: (f64, f64) = (25.0, 800.0);

#[derive(Clone, Copy, Debug)]
pub(super) struct Controller {
    most: f64,
    limit: f64,
    ramp: Ramp,
    /// The number in flight at which the server refused last.
    wall: Option<f64>,
    /// The server refused by how many it takes at a time: the limit comes back to just below the wall in a
    /// few rounds. After a limit a minute it comes back by one call a round.
    comes_back_fast: bool,
    /// Replies since the last refusal or probe.
    calm: f64,
    /// The replies it takes before a probe beyond the wall.
    calm_needed: f64,
    /// It has probed beyond the wall since the last refusal.
    probed: bool,
    /// By how much it probes beyond the wall: more each time that goes well.
    stride: f64,
    /// So many more replies do not let it grow: the server was in trouble a round ago.
    held: f64,
    /// Counts the cuts.
    epoch: u64,
    /// How many calls were in flight at the last cut.
    seen: f64,
    /// The same, less those of that round that were refused.
    taken: f64,
}

impl Controller {
    /// A controller that allows up to `most` calls at a time.
    pub(super) fn new(most: usize) -> Self {
        let most = real(most.max(1));
        Self {
            most,
            limit: real(FIRST).min(most),
            ramp: Ramp::new(),
            wall: None,
            comes_back_fast: false,
            calm: 0.0,
            calm_needed: CALM.0,
            probed: false,
            stride: 1.0,
            held: 0.0,
            epoch: 0,
            seen: 0.0,
            taken: 0.0,
        }
    }

    /// How many calls may be in flight.
    pub(super) fn limit(&self) -> usize {
        to_usize(self.limit)
    }

    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Allows more at a time from now on, if it is more than before.
    pub(super) fn raise_most(&mut self, most: usize) {
        self.most = self.most.max(real(most));
    }

    /// All calls that may be in flight are, and more are wanted: the ramp takes its next step if it is due.
    /// Gives by how many calls the limit grew.
    pub(super) fn step(&mut self, now: Instant) -> usize {
        let before = self.limit();
        if self.is_ramping() {
            self.limit = self.ramp.step(self.limit, self.most, now);
        }
        self.limit().saturating_sub(before)
    }

    /// When the ramp's next step may be taken; `None` where it has come to its end for now.
    pub(super) fn next_step(&self) -> Option<Instant> {
        self.ramp.next_step(self.limit, self.most).filter(|_| self.is_ramping())
    }

    fn is_ramping(&self) -> bool {
        self.wall.is_none() && self.held < 1.0
    }

    /// A reply came to a call that was sent as the `position`-th of those in flight. `wanted` calls are in
    /// flight, this one included, or wait for room.
    pub(super) fn replied(&mut self, position: usize, wanted: usize, now: Instant) {
        self.calm += 1.0;
        if self.held >= 1.0 {
            self.held -= 1.0;
            return;
        }
        let Some(wall) = self.wall else {
            return self.ramp.prove(position, now);
        };
        // A limit that is not made use of proves nothing.
        if wanted < self.limit() {
            return;
        }
        let edge = (wall - 1.0).max(1.0);
        if self.limit < edge {
            self.come_back(edge);
        } else if self.calm >= self.calm_needed.max(2.0 * self.limit) {
            self.probe(edge);
        }
    }

    /// Grows towards the edge: by half of the way with each round, or by one call.
    fn come_back(&mut self, edge: f64) {
        let a_round = if self.comes_back_fast { ((edge - self.limit) / 2.0).max(1.0) } else { 1.0 };
        self.limit = (self.limit + a_round / self.limit).min(edge).min(self.most);
    }

    /// Tries what the server may take beyond the edge.
    fn probe(&mut self, edge: f64) {
        if self.probed {
            self.calm_needed = CALM.0;
        }
        self.probed = true;
        self.calm = 0.0;
        self.limit = (edge + self.stride).min(self.most);
        self.wall = Some(self.limit + 1.0);
        self.stride *= 2.0;
    }

    /// The server had too much of a call that was sent in `epoch`, while
    /// `in_flight` calls were out.
    pub(super) fn refused(&mut self, in_flight: usize, epoch: u64) {
        if !self.cut(in_flight, epoch, CUT) {
            return;
        }
        if self.probed {
            self.calm_needed = (self.calm_needed * 2.0).min(CALM.1);
        }
        self.probed = false;
        self.stride = 1.0;
        self.comes_back_fast = true;
        self.wall = Some(self.seen.floor());
    }

    /// The same, but the server said how long to wait: a limit on requests or tokens a minute, which says
    /// little about how many it takes at a time. Where it was refused before is kept.
    pub(super) fn told_to_wait(&mut self, in_flight: usize, epoch: u64) {
        let share = if self.wall.is_none() { FIRST_WAIT_CUT } else { CUT };
        if self.cut(in_flight, epoch, share) {
            self.comes_back_fast = false;
            self.wall.get_or_insert(self.seen.floor());
        }
    }

    /// Cuts the limit to a share of those in flight, once for all calls that were sent before a cut. Whether
    /// it did.
    fn cut(&mut self, in_flight: usize, epoch: u64, share: f64) -> bool {
        self.calm = 0.0;
        if epoch + 1 == self.epoch {
            self.refused_too();
        }
        if epoch != self.epoch {
            return false;
        }
        self.epoch += 1;
        self.seen = real(in_flight).min(self.limit).max(1.0);
        self.taken = self.seen - 1.0;
        self.limit = (self.seen * share).max(1.0);
        true
    }

    /// Another call of the round that was cut was refused: the server takes one fewer.
    fn refused_too(&mut self) {
        self.taken -= 1.0;
        let taken = self.taken.max(DEEPEST_CUT * self.seen).max(1.0);
        self.limit = self.limit.min(taken);
        if self.comes_back_fast {
            self.wall = Some((taken + 1.0).floor());
        }
    }

    /// The server is in trouble: the limit does not grow for a round, which is as many replies as may be in
    /// flight. By the clock it would never grow with a server that fails now and then all the time.
    pub(super) fn troubled(&mut self) {
        self.held = self.limit;
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// Replies to calls sent while as many were in flight as may be.
    fn replies(controller: &mut Controller, count: usize) {
        let now = Instant::now();
        (0..count).for_each(|_| controller.replied(controller.limit(), controller.limit(), now));
    }

    /// A controller that was refused at this limit.
    fn refused_at(limit: usize) -> Controller {
        let mut controller = Controller::new(64);
        controller.limit = real(limit);
        controller.refused(limit, controller.epoch());
        controller
    }

    #[tokio::test(start_paused = true)]
    async fn it_comes_back_to_just_below_the_refusal_and_probes_beyond_after_a_calm() {
        let mut controller = refused_at(16);
        assert_eq!(controller.limit(), 12);
        let mut climb = Vec::new();
        for _ in 0..60 {
            replies(&mut controller, 1);
            climb.push(controller.limit());
            if controller.limit() == 16 {
                break;
            }
        }
        assert!(climb.is_sorted() && climb.contains(&15), "{climb:?}");
        assert!(
            (31..50).contains(&climb.len()),
            "it takes twice as many replies as are in flight: {climb:?}"
        );
        replies(&mut controller, 32);
        assert_eq!(controller.limit(), 18, "by two where one went well");
    }

    #[tokio::test(start_paused = true)]
    async fn each_refused_probe_doubles_the_calm_before_the_next() {
        let mut controller = refused_at(4);
        let until_the_probe = |controller: &mut Controller| {
            let needed = (1..5000).find(|_| {
                replies(controller, 1);
                controller.limit() == 4
            });
            controller.refused(4, controller.epoch());
            needed.unwrap()
        };
        let needed: Vec<usize> = (0..8).map(|_| until_the_probe(&mut controller)).collect();
        assert_eq!(needed, [25, 50, 100, 200, 400, 800, 800, 800]);
    }

    #[tokio::test(start_paused = true)]
    async fn replies_in_a_burst_count_as_long_as_calls_wait() {
        let now = Instant::now();
        let after = |wanted: usize| {
            let mut controller = refused_at(32);
            assert_eq!(controller.limit(), 24);
            // The calls of a round come back together: fewer and fewer are in flight.
            (0..24).for_each(|n| controller.replied(24 - n, wanted, now));
            controller.limit()
        };
        assert_eq!(after(40), 26);
        assert_eq!(after(23), 24, "a limit that is not made use of does not grow");
    }

    #[tokio::test(start_paused = true)]
    async fn a_refusal_from_two_rounds_ago_neither_cuts_nor_counts() {
        let mut controller = refused_at(32);
        let first = controller.epoch() - 1;
        controller.refused(24, controller.epoch());
        let before = (controller.limit(), controller.epoch(), controller.wall, controller.taken);
        assert_eq!(before, (18, 2, Some(24.0), 23.0));
        (0..20).for_each(|_| controller.refused(18, first));
        (0..20).for_each(|_| controller.told_to_wait(18, first));
        assert_eq!((controller.limit(), controller.epoch(), controller.wall, controller.taken), before);
        // One from the round before counts, and does not cut again.
        (0..6).for_each(|_| controller.refused(18, first + 1));
        assert_eq!((controller.limit(), controller.epoch(), controller.wall), (17, 2, Some(18.0)));
    }

    #[tokio::test(start_paused = true)]
    async fn waits_that_are_asked_for_now_and_then_do_not_wear_it_down() {
        let mut controller = Controller::new(32);
        controller.limit = 32.0;
        for n in 1..2000 {
            replies(&mut controller, 1);
            if n % 70 == 0 {
                controller.told_to_wait(controller.limit(), controller.epoch());
            }
        }
        assert!(controller.limit() >= 12, "{}", controller.limit());
    }

    #[tokio::test(start_paused = true)]
    async fn a_round_is_cut_to_what_was_not_refused_and_never_below_a_quarter() {
        let after = |refused: usize| {
            let mut controller = Controller::new(64);
            let epoch = controller.epoch();
            (0..refused).for_each(|_| controller.refused(16, epoch));
            controller.limit()
        };
        assert_eq!([1, 3, 4, 6, 8, 10, 13, 16].map(after), [12, 12, 12, 10, 8, 6, 4, 4]);
        let mut controller = Controller::new(64);
        (0..9).for_each(|_| controller.refused(1, controller.epoch()));
        assert_eq!(controller.limit(), 1, "never less than one");
    }

    #[tokio::test(start_paused = true)]
    async fn trouble_holds_the_ramp_for_a_round_and_a_little_of_it_all_the_time_does_not_hold_it_for_good() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut controller = Controller::new(64);
        assert_eq!(controller.step(at(0)), 0);
        controller.troubled();
        assert_eq!((controller.step(at(100)), controller.next_step()), (0, None));
        replies(&mut controller, 16);
        assert_eq!(controller.step(at(100)), 1);
        for n in 0..400 {
            if n % 50 == 0 {
                controller.troubled();
            }
            replies(&mut controller, 1);
            controller.step(at(100 + 5 * n));
        }
        assert!(controller.limit() > 30, "{}", controller.limit());
    }

    #[tokio::test(start_paused = true)]
    async fn it_never_exceeds_what_the_user_allows() {
        let mut controller = Controller::new(10);
        assert_eq!(controller.limit(), 10);
        assert_eq!(controller.next_step(), None);
        controller.refused(10, 0);
        replies(&mut controller, 3000);
        assert_eq!(controller.limit(), 10);
        controller.raise_most(12);
        replies(&mut controller, 3000);
        assert_eq!(controller.limit(), 12);
    }
}
