//! What is behind `cargo xtask`: a machine made ready, the product run, tested, measured and bundled.
//! The window tests borrow [`desktop`] from here.

pub mod clinics;
pub mod counts;
pub mod desktop;
pub mod licences;
pub mod linting;
pub mod process;
pub mod proof;
pub mod setup;
