use std::collections::HashSet;
use std::time::Duration;

use super::fault::Fault;
use crate::Chance;

/// What happens to attempts by chance, in so many of a thousand each, until it is clear again.
#[derive(Clone, Copy, Debug, Default)]
pub struct Weather {
    /// Attempts that are held back for some milliseconds, so that others come between two calls of a request.
    pub paused: u64,
    /// Faults, each with its share of the attempts that it concerns.
    pub faults: &'static [(Fault, u64)],
}

/// Weather, and the chance that makes it.
pub(super) struct Season {
    weather: Weather,
    chance: Chance,
    /// Tokens of transactions whose answers were lost: DynamoDB answers those that took effect with success when they come again.
    unanswered: HashSet<String>,
}

impl Season {
    pub fn new(weather: Weather, seed: u64) -> Self {
        Self {
            weather,
            chance: Chance::new(seed),
            unanswered: HashSet::new(),
        }
    }

    /// For how long this attempt is held back, and what goes wrong with it then.
    pub fn of(&mut self, operation: &str, token: Option<&str>) -> (Duration, Option<Fault>) {
        const LONGEST_PAUSE: u64 = 4_000;
        let pause = if self.chance.below(1_000) < self.weather.paused {
            Duration::from_micros(self.chance.below(LONGEST_PAUSE))
        } else {
            Duration::ZERO
        };
        let fault = self.fault().filter(|fault| fault.concerns(operation));
        let (Some(fault), Some(token)) = (fault, token) else {
            return (pause, fault);
        };
        match fault {
            Fault::Conflict | Fault::Throttled if self.unanswered.contains(token) => (pause, None),
            Fault::Unanswered => {
                self.unanswered.insert(token.to_owned());
                (pause, Some(fault))
            }
            _ => (pause, Some(fault)),
        }
    }

    fn fault(&mut self) -> Option<Fault> {
        let mut drawn = self.chance.below(1_000);
        for &(fault, share) in self.weather.faults {
            if drawn < share {
                return Some(fault);
            }
            drawn -= share;
        }
        None
    }
}
