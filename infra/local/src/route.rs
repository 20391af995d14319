//! Which route a path belongs to.

use std::collections::HashMap;

use ::http::Method;

/// The routes of an API. A path written out wins over one with parameters, as in API Gateway.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    literal: HashMap<String, Resource>,
    templated: Vec<(Vec<Segment>, Resource)>,
    /// What `iter` shows: path template and verb in the order of the template.
    order: Vec<(String, Method, String)>,
}

/// A path template and the function of each of its verbs.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) template: String,
    functions: Vec<(Method, String)>,
}

#[derive(Debug)]
enum Segment {
    Literal(String),
    Parameter(String),
}

/// A path's resource, and its parameters by name, still percent-encoded.
#[derive(Debug)]
pub(crate) struct Match<'a> {
    pub(crate) resource: &'a Resource,
    pub(crate) parameters: Vec<(&'a str, &'a str)>,
}

impl Routes {
    pub(crate) fn insert(&mut self, template: &str, verb: Method, function: String) {
        self.order
            .push((template.to_owned(), verb.clone(), function.clone()));
        self.resource(template).functions.push((verb, function));
    }

    pub(crate) fn find<'a>(&'a self, path: &'a str) -> Option<Match<'a>> {
        if let Some(resource) = self.literal.get(path) {
            return Some(Match {
                resource,
                parameters: Vec::new(),
            });
        }
        self.templated.iter().find_map(|(segments, resource)| {
            Some(Match {
                resource,
                parameters: parameters(segments, path)?,
            })
        })
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Method, &str)> {
        self.order
            .iter()
            .map(|(path, verb, function)| (path.as_str(), verb, function.as_str()))
    }

    fn resource(&mut self, template: &str) -> &mut Resource {
        let new = || Resource {
            template: template.to_owned(),
            functions: Vec::new(),
        };
        if !template.contains('{') {
            return self.literal.entry(template.to_owned()).or_insert_with(new);
        }
        let known = self
            .templated
            .iter()
            .position(|(_, resource)| resource.template == template);
        let index = known.unwrap_or_else(|| {
            self.templated
                .push((template.split('/').map(Segment::parse).collect(), new()));
            self.templated.len() - 1
        });
        &mut self.templated[index].1
    }
}

impl Resource {
    pub(crate) fn function(&self, verb: &Method) -> Option<&str> {
        self.functions
            .iter()
            .find(|(known, _)| known == verb)
            .map(|(_, function)| function.as_str())
    }
}

impl Segment {
    fn parse(segment: &str) -> Self {
        match segment
            .strip_prefix('{')
            .and_then(|rest| rest.strip_suffix('}'))
        {
            Some(name) => Self::Parameter(name.to_owned()),
            None => Self::Literal(segment.to_owned()),
        }
    }
}

fn parameters<'a>(segments: &'a [Segment], path: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut parts = path.split('/');
    let mut parameters = Vec::new();
    for segment in segments {
        match (segment, parts.next()?) {
            (Segment::Literal(literal), part) if literal == part => {}
            (Segment::Parameter(name), part) if !part.is_empty() => {
                parameters.push((name.as_str(), part));
            }
            _ => return None,
        }
    }
    parts.next().is_none().then_some(parameters)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &str) {
        let mut routes = Routes::default();
        for template in [
            "/v2/Users",
            "/v2/Users/{id}",
            "/v2/Users/.search",
            "/v2/{kind}/{id}/log",
        ] {
            routes.insert(template, Method::GET, "Users".to_owned());
        }
        let found = match routes.find(path) {
            None => "none".to_owned(),
            Some(Match {
                resource,
                parameters,
            }) => format!("{} {parameters:?}", resource.template),
        };
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn a_path_has_one_resource_or_none() {
        check("/v2/Users", "/v2/Users []");
        check("/v2/Users/1", r#"/v2/Users/{id} [("id", "1")]"#);
        check("/v2/Users/a%2Fb", r#"/v2/Users/{id} [("id", "a%2Fb")]"#);
        check("/v2/Users/.search", "/v2/Users/.search []");
        check(
            "/v2/a/b/log",
            r#"/v2/{kind}/{id}/log [("kind", "a"), ("id", "b")]"#,
        );
        check("/v2/Users/", "none");
        check("/v2/Users/1/", "none");
        check("/v2/users", "none");
        check("/v2", "none");
        check("/", "none");
        check("", "none");
        check("*", "none");
    }

    #[test]
    fn a_verb_has_a_function_only_where_it_is_written() {
        let mut routes = Routes::default();
        routes.insert("/a/{id}", Method::GET, "Reads".to_owned());
        routes.insert("/a/{id}", Method::PUT, "Writes".to_owned());
        let resource = routes.find("/a/1").unwrap().resource;
        assert_eq!(resource.function(&Method::GET), Some("Reads"));
        assert_eq!(resource.function(&Method::PUT), Some("Writes"));
        assert_eq!(resource.function(&Method::POST), None);
    }
}
