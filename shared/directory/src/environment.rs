use jiff::Timestamp;

/// Time and chance. Passed in, never taken, so that expiry, ids and timestamps in tests are exact.
pub trait Environment: Send + Sync {
    /// The present.
    fn now(&self) -> Timestamp;
    /// Random bytes, fit for secrets.
    fn fill(&self, bytes: &mut [u8]);
}

/// The machine's clock and random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEnvironment;

impl Environment for SystemEnvironment {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the clock is read"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    #[expect(
        clippy::disallowed_methods,
        clippy::expect_used,
        reason = "the one place where chance comes in; without it nothing is safe"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}
