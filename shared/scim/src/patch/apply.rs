use serde_json::Value;

use super::{Operation, Selection, Step};
use crate::value::leave_one_primary;
use crate::{Dialect, Error, Object, ScimType};

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
        if self.attribute.multi_valued {
            let name = &self.attribute.name;
            let mut elements = match container.shift_remove(name) {
                Some(Value::Array(elements)) => elements,
                _ => Vec::new(),
            };
            self.change_elements(&mut elements, dialect)?;
            if !elements.is_empty() {
                container.insert(name.clone(), Value::Array(elements));
            }
            return Ok(());
        }
        self.change_single(container)
    }

    fn change_single(&self, container: &mut Object) -> Result<(), Error> {
        let name = &self.attribute.name;
        if let Some(sub) = self.sub {
            let mut inner = match container.shift_remove(name) {
                Some(Value::Object(inner)) => inner,
                _ => Object::new(),
            };
            set(&mut inner, &sub.name, self.new_value());
            if !inner.is_empty() {
                container.insert(name.clone(), Value::Object(inner));
            }
            return Ok(());
        }
        if self.operation == Operation::Remove && self.attribute.required {
            return Err(Error::mutability(format!(
                "`{name}` is required and cannot be removed."
            )));
        }
        set(container, name, self.new_value());
        Ok(())
    }

    fn new_value(&self) -> Option<Value> {
        if self.operation == Operation::Remove {
            None
        } else {
            self.value.clone()
        }
    }

    fn change_elements(&self, elements: &mut Vec<Value>, dialect: Dialect) -> Result<(), Error> {
        match (&self.selection, self.sub) {
            (None, None) => {
                self.change_all(elements);
                Ok(())
            }
            (selection, _) => self.change_selected(selection.as_ref(), elements, dialect),
        }
    }

    /// The attribute as a whole.
    fn change_all(&self, elements: &mut Vec<Value>) {
        let given = match &self.value {
            Some(Value::Array(given)) => given.as_slice(),
            _ => &[],
        };
        match self.operation {
            Operation::Replace => *elements = given.to_vec(),
            Operation::Remove if self.value.is_none() => elements.clear(),
            Operation::Remove => {
                elements.retain(|element| !given.iter().any(|named| names(named, element)))
            }
            Operation::Add => {
                for new in given {
                    let at = add_element(elements, new);
                    leave_one_primary(elements, Some(at));
                }
            }
        }
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
                self.change_element(element, selection, dialect);
            }
        }
        if touched.is_none() && self.operation != Operation::Remove {
            elements.push(self.missing_element(selection, dialect)?);
            touched = Some(elements.len() - 1);
        }
        elements.retain(|element| {
            element
                .as_object()
                .is_some_and(|element| !element.is_empty())
        });
        leave_one_primary(elements, touched);
        Ok(())
    }

    fn change_element(
        &self,
        element: &mut Object,
        selection: Option<&Selection>,
        dialect: Dialect,
    ) {
        if let Some(sub) = self.sub {
            set(element, &sub.name, self.new_value());
            return;
        }
        if self.operation == Operation::Replace {
            // The whole element is replaced; tolerant keeps what the filter says of it, such as its type.
            let template = selection.and_then(|selection| selection.template.clone());
            *element = template
                .filter(|_| dialect == Dialect::Tolerant)
                .unwrap_or_default();
        }
        if let Some(Value::Object(given)) = &self.value {
            element.extend(given.clone());
        }
    }

    /// No element is there: RFC 7644 §3.5.2.3 answers `noTarget`; Entra ID expects the element to be made.
    fn missing_element(
        &self,
        selection: Option<&Selection>,
        dialect: Dialect,
    ) -> Result<Value, Error> {
        let template = match selection {
            None => Some(Object::new()),
            Some(selection) => selection.template.clone(),
        };
        match template {
            Some(mut element) if dialect == Dialect::Tolerant => {
                self.change_element(&mut element, selection, dialect);
                // Clearing a value of an element that is not there makes none.
                if self.value.is_none() {
                    element.clear();
                }
                Ok(Value::Object(element))
            }
            _ => Err(Error::bad_request(
                ScimType::NoTarget,
                format!(
                    "No element of `{}` matches the filter in `path`.",
                    self.attribute.name
                ),
            )),
        }
    }
}

fn set(object: &mut Object, name: &str, value: Option<Value>) {
    match value {
        Some(value) => {
            object.insert(name.to_owned(), value);
        }
        None => {
            object.shift_remove(name);
        }
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
