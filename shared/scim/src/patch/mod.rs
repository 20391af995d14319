//! PATCH (RFC 7644 §3.5.2): a body is read into steps, each with one operation on one attribute; steps are applied in
//! order to a copy, so that all of them happen or none.

mod apply;
mod body;
#[cfg(test)]
mod tests;

use serde_json::Value;

use crate::filter::Predicate;
use crate::{Attribute, Dialect, Error, Filter, Object, Resource, ResourceType, Schema};

/// A PATCH read against a resource type.
#[derive(Clone, Debug)]
pub struct Patch<'a> {
    resource_type: &'a ResourceType,
    dialect: Dialect,
    steps: Vec<Step<'a>>,
}

/// The operation of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of RFC 7644 §3.5.2")]
pub enum Operation {
    Add,
    Remove,
    Replace,
}

/// One operation on one attribute. Path-less operations, whole extensions and whole complex attributes were taken
/// apart into several of these.
#[derive(Clone, Debug)]
pub struct Step<'a> {
    /// What is done.
    pub operation: Operation,
    /// The extension that has the attribute.
    extension: Option<&'a Schema>,
    /// The attribute.
    pub attribute: &'a Attribute,
    /// Which of its elements.
    pub selection: Option<Selection>,
    /// The sub-attribute.
    pub sub: Option<&'a Attribute>,
    /// The value, normalised; none for null and what is empty.
    pub value: Option<Value>,
}

/// The filter of a value path, bound to the elements of its attribute.
#[derive(Clone, Debug)]
pub struct Selection {
    /// As written.
    pub filter: Filter,
    /// Bound.
    pub predicate: Predicate,
    /// The element that a conjunction of `eq` describes; none for any other filter.
    template: Option<Object>,
}

impl<'a> Patch<'a> {
    /// Reads the body of a PATCH.
    ///
    /// Errors, all 400: `invalidSyntax`, `invalidPath`, `invalidFilter`, `invalidValue`, `noTarget`, and `mutability` for
    /// a path that is read-only.
    pub fn from_body(
        body: Value,
        resource_type: &'a ResourceType,
        dialect: Dialect,
    ) -> Result<Self, Error> {
        Ok(Self {
            resource_type,
            dialect,
            steps: body::steps(body, resource_type, dialect)?,
        })
    }

    /// Whether a step is on this attribute.
    pub fn changes(&self, extension: Option<&Schema>, attribute: &Attribute) -> bool {
        self.steps.iter().any(|step| {
            step.extension.map(|schema| &schema.id) == extension.map(|schema| &schema.id)
                && step.attribute.name == attribute.name
        })
    }

    /// Takes out the steps on this attribute of the core schema, as with the members of a group, which are kept apart.
    pub fn take(&mut self, attribute: &str) -> Vec<Step<'a>> {
        let (taken, left) = std::mem::take(&mut self.steps)
            .into_iter()
            .partition(|step| step.extension.is_none() && step.attribute.name == attribute);
        self.steps = left;
        taken
    }

    /// The resource after all steps. If nothing changes, it equals the one before. Errors: 400 `noTarget`, `mutability`,
    /// `invalidValue`.
    pub fn apply(&self, resource: &Resource) -> Result<Resource, Error> {
        let mut document = resource.fitting(self.resource_type).into_document();
        for step in &self.steps {
            step.apply(&mut document, self.dialect)?;
        }
        let resource = Resource::normalised(document, self.resource_type, Dialect::Strict)?;
        resource.require(self.resource_type)?;
        Ok(resource)
    }
}
