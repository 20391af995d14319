use serde_json::Value;

use super::{Operation, Selection, Step};
use crate::schema::Mutability;
use crate::value::{is_only_label, leave_one_primary};
use crate::{Attribute, Dialect, Error, Object, ScimType};

/// Most elements of an attribute that is patched as a whole: each new one is compared with each old one. More do not
/// fit a document anyway, but for trifles; members of groups are kept apart.
const MOST_ELEMENTS: usize = 1_000;

impl Step<'_> {
    /// Changes the document as RFC 7644 §3.5.2.1 to §3.5.2.3 say.
    pub(super) fn apply(&self, document: &mut Object, dialect: Dialect) -> Result<(), Error> {
        if self.operation == Operation::Add && self.value.is_none() {
            return Ok(());
        }
        let container = match self.extension {
            None => document,
            Some(schema) => {
                let extension = document
                    .entry(schema.id.clone())
                    .or_insert_with(|| Object::new().into());
                extension.as_object_mut().ok_or_else(|| {
                    Error::invalid_value(format!("`{}` must be an object.", schema.id))
                })?
            }
        };
        let before = container.shift_remove(&self.attribute.name);
        let after = if self.attribute.multi_valued {
            self.elements_after(before.as_ref(), dialect)?
        } else {
            self.value_after(before.as_ref())?
        };
        self.permit(None, before.as_ref(), after.as_ref())?;
        if let Some(after) = after {
            container.insert(self.attribute.name.clone(), after);
        }
        Ok(())
    }

    /// What is immutable can be set, but not changed; what is required cannot be removed (RFC 7644 §3.5.2, §3.5.2.2).
    fn permit(
        &self,
        sub: Option<&Attribute>,
        before: Option<&Value>,
        after: Option<&Value>,
    ) -> Result<(), Error> {
        let attribute = sub.unwrap_or(self.attribute);
        let removes = self.operation == Operation::Remove && after.is_none();
        let reason = match (attribute.mutability, attribute.required) {
            _ if before.is_none() || before == after => return Ok(()),
            (Mutability::Immutable, _) => "is immutable and already has a value",
            (_, true) if removes => "is required and cannot be removed",
            _ => return Ok(()),
        };
        let name = match sub {
            None => self.attribute.name.clone(),
            Some(sub) => format!("{}.{}", self.attribute.name, sub.name),
        };
        Err(Error::mutability(format!("`{name}` {reason}.")))
    }

    fn value_after(&self, before: Option<&Value>) -> Result<Option<Value>, Error> {
        let Some(sub) = self.sub else {
            return Ok(self.new_value());
        };
        let mut inner = match before {
            Some(Value::Object(inner)) => inner.clone(),
            _ => Object::new(),
        };
        self.set(&mut inner, sub)?;
        Ok((!inner.is_empty()).then_some(Value::Object(inner)))
    }

    fn set(&self, object: &mut Object, sub: &Attribute) -> Result<(), Error> {
        let after = self.new_value();
        self.permit(Some(sub), object.get(&sub.name), after.as_ref())?;
        match after {
            Some(value) => object.insert(sub.name.clone(), value),
            None => object.shift_remove(&sub.name),
        };
        Ok(())
    }

    fn new_value(&self) -> Option<Value> {
        if self.operation == Operation::Remove {
            None
        } else {
            self.value.clone()
        }
    }

    fn elements_after(
        &self,
        before: Option<&Value>,
        dialect: Dialect,
    ) -> Result<Option<Value>, Error> {
        let mut elements = match before {
            Some(Value::Array(elements)) => elements.clone(),
            _ => Vec::new(),
        };
        match (&self.selection, self.sub) {
            (None, None) => self.change_all(&mut elements)?,
            (selection, _) => self.change_selected(selection.as_ref(), &mut elements, dialect)?,
        }
        Ok((!elements.is_empty()).then_some(Value::Array(elements)))
    }

    /// The attribute as a whole.
    fn change_all(&self, elements: &mut Vec<Value>) -> Result<(), Error> {
        let given = match &self.value {
            Some(Value::Array(given)) => given.as_slice(),
            _ => &[],
        };
        if elements.len() + given.len() > MOST_ELEMENTS {
            let name = &self.attribute.name;
            let detail = format!(
                "`{name}` can be patched with at most {MOST_ELEMENTS} elements, old and new."
            );
            return Err(Error::invalid_value(detail));
        }
        match self.operation {
            Operation::Replace => *elements = given.to_vec(),
            Operation::Remove if self.value.is_none() => elements.clear(),
            Operation::Remove => {
                elements.retain(|element| !given.iter().any(|named| names(named, element)));
            }
            Operation::Add => {
                for new in given {
                    let at = add_element(elements, new);
                    leave_one_primary(elements, Some(at));
                }
            }
        }
        Ok(())
    }

    /// The elements that the filter of the value path selects, or all of them where there is only a sub-attribute.
    fn change_selected(
        &self,
        selection: Option<&Selection>,
        elements: &mut Vec<Value>,
        dialect: Dialect,
    ) -> Result<(), Error> {
        let selected = |element: &Value| match (selection, element) {
            (Some(selection), Value::Object(element)) => selection.predicate.matches(element),
            (None, _) => true,
            _ => false,
        };
        if self.operation == Operation::Remove && self.sub.is_none() {
            elements.retain(|element| !selected(element));
            return Ok(());
        }
        let mut touched = None;
        for (index, element) in elements.iter_mut().enumerate() {
            if !selected(element) {
                continue;
            }
            touched = Some(index);
            if let Value::Object(element) = element {
                self.change_element(element, selection, dialect)?;
            }
        }
        if touched.is_none() && self.operation != Operation::Remove {
            elements.push(self.missing_element(selection, dialect)?);
            touched = Some(elements.len() - 1);
        }
        // Who clears the value of an element, or the last part of an address, wants to be rid of it, as Entra ID does.
        let clears = dialect == Dialect::Tolerant && self.new_value().is_none();
        let needs_value = clears && self.sub.is_some_and(|sub| sub.name == "value");
        elements.retain(|element| {
            let element = element.as_object();
            element.is_some_and(|element| {
                let lacks_value = needs_value && !element.contains_key("value");
                let is_bare = clears && is_only_label(self.attribute, element);
                !element.is_empty() && !lacks_value && !is_bare
            })
        });
        leave_one_primary(elements, touched);
        Ok(())
    }

    fn change_element(
        &self,
        element: &mut Object,
        selection: Option<&Selection>,
        dialect: Dialect,
    ) -> Result<(), Error> {
        if let Some(sub) = self.sub {
            return self.set(element, sub);
        }
        let Some(Value::Object(given)) = &self.value else {
            element.clear();
            return Ok(());
        };
        if self.operation == Operation::Replace {
            // The whole element is replaced; tolerant keeps what the filter says of it, such as its type.
            let template = selection.and_then(|selection| selection.template.clone());
            *element = template
                .filter(|_| dialect == Dialect::Tolerant)
                .unwrap_or_default();
        } else {
            for sub in &self.attribute.sub_attributes {
                if let Some(after) = given.get(&sub.name) {
                    self.permit(Some(sub), element.get(&sub.name), Some(after))?;
                }
            }
        }
        element.extend(given.clone());
        Ok(())
    }

    /// No element is there: RFC 7644 §3.5.2.3 answers `noTarget` where a filter was to choose it; Entra ID expects it to
    /// be made.
    fn missing_element(
        &self,
        selection: Option<&Selection>,
        dialect: Dialect,
    ) -> Result<Value, Error> {
        let template = match selection {
            None => Some(Object::new()),
            Some(selection) => selection
                .template
                .clone()
                .filter(|_| dialect == Dialect::Tolerant),
        };
        let Some(mut element) = template else {
            return Err(Error::bad_request(
                ScimType::NoTarget,
                format!(
                    "No element of `{}` matches the filter in `path`.",
                    self.attribute.name
                ),
            ));
        };
        self.change_element(&mut element, selection, dialect)?;
        // Clearing a value of an element that is not there makes none.
        if self.value.is_none() {
            element.clear();
        }
        Ok(Value::Object(element))
    }
}

/// Adds an element, or what is new of it to the one that has its value and type; gives its place.
fn add_element(elements: &mut Vec<Value>, new: &Value) -> usize {
    let same = |element: &Value| {
        element == new
            || (new.get("value").is_some()
                && ["value", "type"]
                    .iter()
                    .all(|name| element.get(name) == new.get(name)))
    };
    if let Some(at) = elements.iter().position(same) {
        if let (Value::Object(element), Value::Object(new)) = (&mut elements[at], new) {
            element.extend(new.clone());
        }
        return at;
    }
    elements.push(new.clone());
    elements.len() - 1
}

/// Whether `named`, given with a `remove`, means this element: the same `value` or, without one, the same in all it says.
fn names(named: &Value, element: &Value) -> bool {
    match (named, named.get("value")) {
        (_, Some(value)) => element.get("value") == Some(value),
        (Value::Object(named), None) => named
            .iter()
            .all(|(name, value)| element.get(name) == Some(value)),
        (named, None) => named == element,
    }
}
