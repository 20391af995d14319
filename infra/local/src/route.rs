//! Which route a path belongs to.

use std::collections::HashMap;

use ::http::Method;

/// A verb of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The path's template.
    pub path: String,
    /// The verb.
    pub verb: Method,
    /// The logical id of the function that answers.
    pub function: String,
    /// Who may call it.
    pub access: Access,
}

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Whom the API's authorizer lets through.
    Authorizer,
    /// Whom AWS's own authorization does: `AWS_IAM`.
    Iam,
}

/// The routes of an API. A path written out wins over one with parameters, as in API Gateway.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    literal: HashMap<String, Resource>,
    templated: Vec<(Vec<Segment>, Resource)>,
    /// What `iter` shows, in the order of the template.
    order: Vec<Route>,
}

/// A path template and the routes of its verbs.
#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) template: String,
    routes: Vec<Route>,
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
    pub(crate) fn insert(&mut self, route: Route) {
        self.order.push(route.clone());
        self.resource(&route.path).routes.push(route);
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

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Route> {
        self.order.iter()
    }

    fn resource(&mut self, template: &str) -> &mut Resource {
        let new = || Resource {
            template: template.to_owned(),
            routes: Vec::new(),
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
    pub(crate) fn route(&self, verb: &Method) -> Option<&Route> {
        self.routes.iter().find(|route| route.verb == *verb)
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

    fn route(path: &str, verb: Method, function: &str) -> Route {
        Route {
            path: path.to_owned(),
            verb,
            function: function.to_owned(),
            access: Access::Authorizer,
        }
    }

    fn check(path: &str, expected: &str) {
        let mut routes = Routes::default();
        for template in [
            "/v2/Users",
            "/v2/Users/{id}",
            "/v2/Users/.search",
            "/v2/{kind}/{id}/log",
        ] {
            routes.insert(route(template, Method::GET, "Users"));
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
        routes.insert(route("/a/{id}", Method::GET, "Reads"));
        routes.insert(route("/a/{id}", Method::PUT, "Writes"));
        let resource = routes.find("/a/1").unwrap().resource;
        let function = |verb| resource.route(&verb).map(|route| route.function.as_str());
        assert_eq!(function(Method::GET), Some("Reads"));
        assert_eq!(function(Method::PUT), Some("Writes"));
        assert_eq!(function(Method::POST), None);
    }
}
