//! A crash file holds all that the program had in memory: keys, patients, calls.

/// From now on the system writes no crash file of this program, nor of what it starts. Best effort: a system that does
/// not know such a limit is left as it is.
pub fn forbid() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        let none = Rlimit { current: Some(0), maximum: Some(0) };
        if let Err(error) = setrlimit(Resource::Core, none) {
            tracing::warn!(%error, "crash files cannot be forbidden");
        }
    }
}
