//! When the screen is drawn: at once where a key was pressed, now and then where only work goes on.

use std::time::Duration;

use tokio::time::Instant;

/// The shortest time between two frames. Nobody sees more of them, and a burst of keys costs a few only.
const SHORTEST: Duration = Duration::from_millis(5);

/// The shortest time between two frames that no key asked for.
const IN_PROGRESS: Duration = Duration::from_millis(100);

/// How many frames follow a key without that pause: what it asked for comes in as many answers.
const AT_ONCE: u32 = 3;

/// Why the screen may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cause {
    /// Somebody did something at the terminal.
    Hand,
    /// An answer came, or a moment.
    Work,
}

/// What was drawn when, and what is to be drawn.
#[derive(Debug, Default)]
pub(super) struct Pace {
    drawn: Option<Instant>,
    waiting: Option<Cause>,
    at_once: u32,
}

impl Pace {
    /// The screen may have changed.
    pub(super) fn changed(&mut self, cause: Cause) {
        match cause {
            Cause::Hand => {
                self.at_once = AT_ONCE;
                self.waiting = Some(cause);
            }
            Cause::Work => {
                self.waiting.get_or_insert(cause);
            }
        }
    }

    /// When to draw; `None` where nothing changed.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let pause = match self.waiting? {
            Cause::Work if self.at_once == 0 => IN_PROGRESS,
            Cause::Work | Cause::Hand => SHORTEST,
        };
        Some(self.drawn.map_or(now, |drawn| (drawn + pause).max(now)))
    }

    /// The screen was drawn.
    pub(super) fn drew(&mut self, now: Instant) {
        if self.waiting.take() == Some(Cause::Work) {
            self.at_once = self.at_once.saturating_sub(1);
        }
        self.drawn = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(start: Instant, millis: u64) -> Instant {
        start + Duration::from_millis(millis)
    }

    #[test]
    fn nothing_is_drawn_where_nothing_changed() {
        let mut pace = Pace::default();
        let start = Instant::now();
        assert_eq!(pace.due(start), None);
        pace.changed(Cause::Hand);
        assert_eq!(pace.due(start), Some(start));
        pace.drew(start);
        assert_eq!(pace.due(start), None);
    }

    #[test]
    fn a_key_is_seen_at_once_and_a_burst_of_them_in_few_frames() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        let mut frames = 0;
        for at in 0..100 {
            pace.changed(Cause::Hand);
            let now = after(start, at);
            if pace.due(now) == Some(now) {
                pace.drew(now);
                frames += 1;
            }
        }
        assert_eq!(frames, 20);
        pace.changed(Cause::Hand);
        assert_eq!(pace.due(after(start, 200)), Some(after(start, 200)));
    }

    #[test]
    fn the_first_answers_to_a_key_are_seen_at_once_and_a_stream_of_them_ten_times_a_second() {
        let (mut pace, start) = (Pace::default(), Instant::now());
        pace.changed(Cause::Hand);
        pace.drew(start);
        let mut frames = Vec::new();
        for at in 1..1000 {
            pace.changed(Cause::Work);
            let now = after(start, at);
            if pace.due(now) == Some(now) {
                pace.drew(now);
                frames.push(at);
            }
        }
        assert_eq!(frames, [5, 10, 15, 115, 215, 315, 415, 515, 615, 715, 815, 915]);
    }
}
