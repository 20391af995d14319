use std::fs;
use std::str::FromStr;

use scim::Object;
use serde_json::Value;

use crate::error::CliError;

/// `name=value`, as settings are given on the command line.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    pub name: String,
    pub value: String,
}

impl FromStr for Assignment {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((name, value)) if !name.is_empty() => Ok(Self {
                name: name.to_owned(),
                value: value.to_owned(),
            }),
            _ => Err("write it as name=value"),
        }
    }
}

/// The settings of a directory by name; what begins with `@` is a file with JSON.
pub(crate) fn settings(assignments: &[Assignment]) -> Result<Object, CliError> {
    let mut settings = Object::new();
    for Assignment { name, value } in assignments {
        let value = match value.strip_prefix('@') {
            Some(file) => read_json(name, file)?,
            None if name == "schema_extensions" && !value.is_empty() => {
                let sentence =
                    "`schema_extensions` are read from a file: write schema_extensions=@FILE";
                return Err(CliError::Refused(sentence.to_owned()));
            }
            None => value.as_str().into(),
        };
        if settings.insert(name.clone(), value).is_some() {
            return Err(CliError::Refused(format!("`{name}` is given twice")));
        }
    }
    Ok(settings)
}

fn read_json(name: &str, file: &str) -> Result<Value, CliError> {
    let text = fs::read(file).map_err(|error| {
        CliError::Failed(format!(
            "the file `{file}` for `{name}` cannot be read: {error}"
        ))
    })?;
    scim::json::read(&text).map_err(|error| {
        let reason = CliError::from(error);
        CliError::Refused(format!(
            "the file `{file}` for `{name}` is refused: {reason}"
        ))
    })
}
