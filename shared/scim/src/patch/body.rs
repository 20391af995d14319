use serde_json::Value;

use super::{Operation, Selection, Step};
use crate::filter::{Literal, Operator, Predicate, parse_brackets};
use crate::object::{lists, take};
use crate::path::shown;
use crate::schema::{Kind, Mutability, Target};
use crate::value::{normalise, normalise_element, normalise_sub};
use crate::{
    Attribute, AttributePath, Dialect, Error, Filter, Object, ResourceType, Schema, ScimType,
};

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// More than any identity provider sends; each costs a walk over the resource.
const MOST_OPERATIONS: usize = 1_000;

/// The steps of a PATCH body, in order.
pub(super) fn steps(
    body: Value,
    resource_type: &ResourceType,
    dialect: Dialect,
) -> Result<Vec<Step<'_>>, Error> {
    let Value::Object(mut body) = body else {
        return Err(Error::invalid_syntax("The body must be a JSON object."));
    };
    let schemas = take(&mut body, "schemas");
    let declared = lists(schemas.as_ref(), SCHEMA);
    if !declared && (dialect == Dialect::Strict || schemas.is_some()) {
        return Err(Error::invalid_syntax(format!(
            "`schemas` must list `{SCHEMA}`."
        )));
    }
    let operations = match take(&mut body, "Operations") {
        Some(Value::Array(operations)) if !operations.is_empty() => operations,
        Some(operation @ Value::Object(_)) if dialect == Dialect::Tolerant => vec![operation],
        _ => {
            return Err(Error::invalid_syntax(
                "`Operations` must be an array with at least one operation.",
            ));
        }
    };
    if operations.len() > MOST_OPERATIONS {
        return Err(Error::invalid_syntax(format!(
            "`Operations` has more than {MOST_OPERATIONS} operations: send several requests."
        )));
    }
    let mut reader = Reader {
        resource_type,
        dialect,
        steps: Vec::with_capacity(operations.len()),
    };
    for operation in operations {
        reader.operation(operation)?;
    }
    Ok(reader.steps)
}

struct Reader<'a> {
    resource_type: &'a ResourceType,
    dialect: Dialect,
    steps: Vec<Step<'a>>,
}

impl<'a> Reader<'a> {
    fn operation(&mut self, operation: Value) -> Result<(), Error> {
        let Value::Object(mut members) = operation else {
            return Err(Error::invalid_syntax(
                "Each of `Operations` must be an object with `op`.",
            ));
        };
        let operation = match take(&mut members, "op") {
            Some(Value::String(word)) => self.keyword(&word)?,
            _ => {
                return Err(Error::invalid_syntax(
                    "Each of `Operations` must have `op`: add, remove or replace.",
                ));
            }
        };
        // Names are compared without case, so `Op` is a second one.
        if take(&mut members, "op").is_some() {
            return Err(Error::invalid_syntax(
                "Each of `Operations` must have exactly one `op`.",
            ));
        }
        let path = match take(&mut members, "path") {
            None | Some(Value::Null) => None,
            Some(Value::String(path))
                if path.trim().is_empty() && self.dialect == Dialect::Tolerant =>
            {
                None
            }
            Some(Value::String(path)) => Some(path),
            Some(_) => return Err(Error::invalid_path("`path` must be a string.")),
        };
        let value = take(&mut members, "value");
        if value.is_none() && operation != Operation::Remove {
            return Err(Error::invalid_value("`add` and `replace` need a `value`."));
        }
        match (path, operation) {
            (Some(path), _) => self.at_path(operation, path.trim(), value),
            (None, Operation::Remove) => Err(Error::bad_request(
                ScimType::NoTarget,
                "`remove` needs a `path`.",
            )),
            (None, _) => match value {
                Some(Value::Object(values)) => self.without_path(operation, values),
                _ => Err(Error::invalid_value(
                    "Without `path`, `value` must be an object of attributes.",
                )),
            },
        }
    }

    fn keyword(&self, word: &str) -> Result<Operation, Error> {
        // RFC 7644 writes the keywords in lower case; Entra ID sends `Replace`.
        let lower = if self.dialect == Dialect::Tolerant {
            word.to_ascii_lowercase()
        } else {
            word.to_owned()
        };
        match lower.as_str() {
            "add" => Ok(Operation::Add),
            "remove" => Ok(Operation::Remove),
            "replace" => Ok(Operation::Replace),
            _ => Err(Error::invalid_syntax(format!(
                "`op` must be add, remove or replace, not `{}`.",
                shown(word)
            ))),
        }
    }

    fn at_path(
        &mut self,
        operation: Operation,
        text: &str,
        value: Option<Value>,
    ) -> Result<(), Error> {
        let (name, brackets) = text.find('[').map_or((text, ""), |at| text.split_at(at));
        let path = AttributePath::parse(name)?;
        let Some(target) = self.resource_type.resolve(&path, self.dialect) else {
            let foreign = path.split_urn().0.is_some_and(|urn| {
                self.resource_type.extension(urn).is_none()
                    && !urn.eq_ignore_ascii_case(&self.resource_type.schema.id)
            });
            // An attribute of a schema that is not known here has no effect, and does not fail what comes with it.
            if foreign && self.dialect == Dialect::Tolerant {
                return Ok(());
            }
            return Err(Error::invalid_path(format!(
                "`{}` is not an attribute of {}.",
                shown(name),
                self.resource_type.name
            )));
        };
        match target {
            Target::Extension(schema) if brackets.is_empty() => {
                self.extension(operation, schema, value)
            }
            Target::Extension(_) => Err(Error::invalid_path(format!(
                "`{}` is an extension: name one of its attributes.",
                shown(name)
            ))),
            Target::Attribute {
                extension,
                attribute,
                sub,
            } => {
                if is_schemas(extension, attribute) && operation != Operation::Remove {
                    return Ok(());
                }
                let (selection, sub) = self.selection(attribute, sub, brackets)?;
                if is_read_only(attribute, sub) || is_schemas(extension, attribute) {
                    return Err(Error::mutability(format!(
                        "`{}` is read-only.",
                        shown(text)
                    )));
                }
                self.attribute(
                    Place {
                        operation,
                        extension,
                        attribute,
                        selection,
                        sub,
                    },
                    value,
                )
            }
        }
    }

    /// The selection in brackets and the sub-attribute after them.
    fn selection(
        &self,
        attribute: &'a Attribute,
        sub: Option<&'a Attribute>,
        brackets: &str,
    ) -> Result<(Option<Selection>, Option<&'a Attribute>), Error> {
        if brackets.is_empty() {
            return Ok((None, sub));
        }
        if sub.is_some() || !attribute.multi_valued || attribute.kind != Kind::Complex {
            return Err(Error::invalid_path(format!(
                "`{}` has no elements to choose from with `[`.",
                attribute.name
            )));
        }
        let (filter, rest) = parse_brackets(brackets, self.dialect)?;
        let sub = match rest.trim().strip_prefix('.') {
            Some(name) => Some(attribute.sub_attribute(name).ok_or_else(|| {
                Error::invalid_path(format!(
                    "`{}` is not a sub-attribute of `{}`.",
                    shown(name),
                    attribute.name
                ))
            })?),
            None if rest.trim().is_empty() => None,
            None => {
                return Err(Error::invalid_path(format!(
                    "`{}` cannot follow `]`.",
                    shown(rest)
                )));
            }
        };
        let predicate = Predicate::of_element(&filter, attribute, self.dialect)?;
        let template = template(&filter, attribute, self.dialect);
        Ok((
            Some(Selection {
                filter,
                predicate,
                template,
            }),
            sub,
        ))
    }

    fn without_path(&mut self, operation: Operation, values: Object) -> Result<(), Error> {
        for (name, value) in values {
            let target = AttributePath::new(&name)
                .and_then(|path| self.resource_type.resolve(&path, self.dialect));
            match target {
                Some(Target::Extension(schema)) => {
                    self.extension(operation, schema, Some(value))?;
                }
                Some(Target::Attribute {
                    extension,
                    attribute,
                    sub,
                }) => {
                    if is_schemas(extension, attribute) || !self.may_write(attribute, sub)? {
                        continue;
                    }
                    self.attribute(
                        Place {
                            operation,
                            extension,
                            attribute,
                            selection: None,
                            sub,
                        },
                        Some(value),
                    )?;
                }
                // A value path as a key: `{"emails[type eq \"work\"].value": "b@x"}`.
                None if name.contains('[') => self.at_path(operation, &name, Some(value))?,
                None if self.dialect == Dialect::Tolerant => {}
                None => {
                    return Err(Error::invalid_path(format!(
                        "`{}` is not an attribute of {}.",
                        shown(&name),
                        self.resource_type.name
                    )));
                }
            }
        }
        Ok(())
    }

    /// Okta repeats `id` and `schemas` inside the value; only the strict dialect minds what is read-only there.
    fn may_write(&self, attribute: &Attribute, sub: Option<&Attribute>) -> Result<bool, Error> {
        let read_only = is_read_only(attribute, sub);
        if read_only && self.dialect == Dialect::Strict {
            return Err(Error::mutability(format!(
                "`{}` is read-only.",
                attribute.name
            )));
        }
        Ok(!read_only)
    }

    fn extension(
        &mut self,
        operation: Operation,
        schema: &'a Schema,
        value: Option<Value>,
    ) -> Result<(), Error> {
        let place = |attribute| Place {
            operation,
            extension: Some(schema),
            attribute,
            selection: None,
            sub: None,
        };
        match value {
            Some(Value::Object(values)) if operation != Operation::Remove => {
                for (name, value) in values {
                    match schema.attribute(&name) {
                        Some(attribute) if self.may_write(attribute, None)? => {
                            self.attribute(place(attribute), Some(value))?;
                        }
                        Some(_) => {}
                        // Clients that write an extension like a resource of its own list its schema there too.
                        None if self.dialect == Dialect::Tolerant
                            || name.eq_ignore_ascii_case("schemas") => {}
                        None => {
                            return Err(Error::invalid_path(format!(
                                "`{}` is not an attribute of {}.",
                                shown(&name),
                                schema.id
                            )));
                        }
                    }
                }
                Ok(())
            }
            Some(value) if operation != Operation::Remove && !value.is_null() => Err(
                Error::invalid_value(format!("`{}` must be an object.", schema.id)),
            ),
            Some(_) if operation == Operation::Add => Ok(()),
            _ => {
                for attribute in schema
                    .attributes
                    .iter()
                    .filter(|attribute| attribute.mutability != Mutability::ReadOnly)
                {
                    self.attribute(
                        // Not `remove`: with its extension even a required attribute may go.
                        Place {
                            operation: Operation::Replace,
                            ..place(attribute)
                        },
                        None,
                    )?;
                }
                Ok(())
            }
        }
    }

    fn attribute(&mut self, place: Place<'a>, value: Option<Value>) -> Result<(), Error> {
        let Place {
            operation,
            attribute,
            sub,
            ..
        } = place;
        let merges = operation != Operation::Remove
            && attribute.kind == Kind::Complex
            && !attribute.multi_valued
            && sub.is_none();
        // A complex attribute is merged, sub-attribute by sub-attribute (RFC 7644 §3.5.2.3); null there clears one.
        let value = match self.lone(value, merges) {
            Some(Value::Object(values)) if merges => {
                for (name, value) in values {
                    let Some(sub) = attribute
                        .sub_attribute(&name)
                        .filter(|sub| sub.mutability != Mutability::ReadOnly)
                    else {
                        continue;
                    };
                    self.attribute(
                        Place {
                            sub: Some(sub),
                            selection: None,
                            ..place
                        },
                        Some(value),
                    )?;
                }
                return Ok(());
            }
            value => value,
        };
        // The RFC knows no value for `remove`; Entra ID and JumpCloud list there the elements to remove.
        let lists_elements = operation == Operation::Remove
            && self.dialect == Dialect::Tolerant
            && attribute.multi_valued
            && place.selection.is_none()
            && sub.is_none()
            && value.as_ref().is_some_and(|value| !value.is_null());
        let value = match (value, sub) {
            (None, _) => None,
            (Some(_), _) if operation == Operation::Remove && !lists_elements => None,
            (Some(value), Some(sub)) => normalise_sub(attribute, sub, value, self.dialect)?,
            (Some(value), None) if place.selection.is_some() => {
                normalise_element(attribute, value, self.dialect)?
            }
            // One value may be added without an array around it (RFC 7644 §3.5.2.1).
            (Some(value), None)
                if operation == Operation::Add && attribute.multi_valued && !value.is_array() =>
            {
                normalise(attribute, Value::Array(vec![value]), self.dialect)?
            }
            (Some(value), None) => normalise(attribute, value, self.dialect)?,
        };
        // An empty list names nothing to remove; it does not mean everything.
        if lists_elements && value.is_none() {
            return Ok(());
        }
        // A password is checked and thrown away.
        if attribute.mutability != Mutability::WriteOnly {
            self.steps.push(Step {
                operation,
                extension: place.extension,
                attribute,
                selection: place.selection,
                sub,
                value,
            });
        }
        Ok(())
    }

    /// Entra ID sends the manager as an array of one object.
    fn lone(&self, value: Option<Value>, single: bool) -> Option<Value> {
        match value {
            Some(Value::Array(mut elements))
                if single && self.dialect == Dialect::Tolerant && elements.len() == 1 =>
            {
                elements.pop()
            }
            value => value,
        }
    }
}

/// `schemas` follows from what the resource has: what a client says of it is of no effect.
fn is_schemas(extension: Option<&Schema>, attribute: &Attribute) -> bool {
    extension.is_none() && attribute.name == "schemas"
}

fn is_read_only(attribute: &Attribute, sub: Option<&Attribute>) -> bool {
    [Some(attribute), sub]
        .into_iter()
        .flatten()
        .any(|named| named.mutability == Mutability::ReadOnly)
}

struct Place<'a> {
    operation: Operation,
    extension: Option<&'a Schema>,
    attribute: &'a Attribute,
    selection: Option<Selection>,
    sub: Option<&'a Attribute>,
}

/// The element that satisfies a conjunction of `eq`: `{"type": "work"}` for `type eq "work"`.
fn template(filter: &Filter, attribute: &Attribute, dialect: Dialect) -> Option<Object> {
    let filters = match filter {
        Filter::And(filters) => filters.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut element = Object::new();
    for filter in filters {
        let Filter::Compare(path, Operator::Eq, literal) = filter else {
            return None;
        };
        let value = match literal {
            Literal::Text(text) => Value::from(text.as_str()),
            Literal::Boolean(value) => Value::from(*value),
            Literal::Number(number) => Value::Number(number.clone()),
            Literal::Null => continue,
        };
        let sub = attribute.sub_attribute(path.as_str())?;
        element.insert(
            sub.name.clone(),
            normalise_sub(attribute, sub, value, dialect).ok()??,
        );
    }
    Some(element)
}
