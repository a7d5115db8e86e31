//! The PBX's identifiers. Opaque: compared, shown, sent back, never taken apart (reference 2.2). Cheap to clone.

use std::fmt;
use std::sync::Arc;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes the text as the PBX wrote it.
            pub fn new(text: impl AsRef<str>) -> $name {
                $name(Arc::from(text.as_ref()))
            }

            /// The text as the PBX wrote it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// One contact of one person with the clinic: `entry_id`, the same through menus, queues and transfers.
    EntryId
}
id! {
    /// One leg of an entry: `call_id`.
    CallId
}
id! {
    /// A command of ours that the PBX mentions in what came of it: `command_id`.
    CommandId
}
