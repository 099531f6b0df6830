//! What to write instead, for mistakes on the command line that clap cannot know of.

use clap::Error;
use clap::builder::StyledStr;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// The error with a tip, where there is one.
pub fn with_tip(mut error: Error) -> Error {
    if let Some(tip) = tip(&error) {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![StyledStr::from(tip)]));
    }
    error
}

fn tip(error: &Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidArg) else {
        return None;
    };
    let is_pipe = std::env::args_os().nth(1).is_some_and(|command| command == "pipe");
    match error.kind() {
        ErrorKind::UnknownArgument if is_pipe && !word.starts_with('-') => {
            Some(format!("to read a file, use 'ringfold pipe -i {word}'"))
        }
        ErrorKind::ArgumentConflict if is_pipe && word.starts_with("--checksum") => {
            Some("one checksum at a time".to_owned())
        }
        _ => None,
    }
}
