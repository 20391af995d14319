use std::time::Duration;

use directory::read_duration;
use edge::Request;
use scim::{Error, ErrorStatus, Object, shown};
use serde_json::Value;

/// Largest body, in bytes.
const LARGEST: usize = 64 * 1024;
/// Largest body that may bring schema extensions, of which there may be 128 KB.
const LARGEST_WITH_EXTENSIONS: usize = 160 * 1024;

/// The body of a request: an object of which every member is known.
#[derive(Debug)]
pub(crate) struct Body(Object);

impl Body {
    /// Reads a body of at most these members.
    ///
    /// Errors: 400 for what is no object, for another member, which is named, and those of [`scim::json::read`]; 413; 415.
    pub(crate) fn read(request: &Request, members: &[&str]) -> Result<Self, Error> {
        let body = Self(read(request, LARGEST)?);
        body.check(members)?;
        Ok(body)
    }

    /// The same where there need not be a body.
    pub(crate) fn read_if_any(request: &Request, members: &[&str]) -> Result<Self, Error> {
        if request.body_length() == 0 {
            return Ok(Self(Object::new()));
        }
        Self::read(request, members)
    }

    /// The same with settings of a directory among the members.
    pub(crate) fn read_with_settings(request: &Request, members: &[&str]) -> Result<Self, Error> {
        let body = Self(read(request, LARGEST_WITH_EXTENSIONS)?);
        body.check(members)?;
        Ok(body)
    }

    fn check(&self, members: &[&str]) -> Result<(), Error> {
        let Some(unknown) = self.0.keys().find(|name| !members.contains(&name.as_str())) else {
            return Ok(());
        };
        let unknown = shown(unknown);
        let members: Vec<_> = members.iter().map(|name| format!("`{name}`")).collect();
        let detail = match members.as_slice() {
            [] => format!("There is no member `{unknown}` here: leave it out."),
            [member] => format!("There is no member `{unknown}` here, only {member}."),
            members => format!(
                "There is no member `{unknown}` here, only {}.",
                members.join(", ")
            ),
        };
        Err(Error::invalid_value(detail))
    }

    /// A member that is a text; null is nothing. Error: 400.
    pub(crate) fn text(&self, name: &str) -> Result<Option<&str>, Error> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Error::invalid_value(format!("`{name}` is a text."))),
        }
    }

    /// The same where there must be one. Error: 400.
    pub(crate) fn required_text(&self, name: &str) -> Result<&str, Error> {
        let text = self.text(name)?;
        text.ok_or_else(|| Error::invalid_value(format!("`{name}` is missing.")))
    }

    /// A member that is a time such as `90d`; null is nothing. Error: 400.
    pub(crate) fn duration(&self, name: &str) -> Result<Option<Duration>, Error> {
        let read = |text: &str| {
            read_duration(text).ok_or_else(|| {
                let detail = format!("`{name}` is a time such as `90d`, `12h` or `30m`.");
                Error::invalid_value(detail)
            })
        };
        self.text(name)?.map(read).transpose()
    }

    /// A member that is one of a few keywords; null is nothing. Error: 400 that says which there are.
    pub(crate) fn keyword<T>(
        &self,
        name: &str,
        keywords: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Error> {
        let parse = |text: &str| {
            parse(text).ok_or_else(|| Error::invalid_value(format!("`{name}` is {keywords}.")))
        };
        self.text(name)?.map(parse).transpose()
    }

    /// A member that is an object; null is nothing. Error: 400.
    pub(crate) fn object(&self, name: &str) -> Result<Option<&Object>, Error> {
        match self.0.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Object(object)) => Ok(Some(object)),
            Some(_) => Err(Error::invalid_value(format!("`{name}` is an object."))),
        }
    }

    /// Whether the member is there, even if it is null.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn read(request: &Request, largest: usize) -> Result<Object, Error> {
    if request.body_length() > largest {
        let detail = format!("The body of this request is at most {largest} bytes.");
        return Err(Error::new(ErrorStatus::ContentTooLarge, detail));
    }
    match request.json()? {
        Value::Object(object) => Ok(object),
        _ => Err(Error::invalid_value("The body is an object.")),
    }
}
