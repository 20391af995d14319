use std::collections::{BTreeSet, HashMap};

use serde_json::Value;

use super::references::{referred, texts};
use super::{BulkRequest, Method, Operation, Target};
use crate::fold;
use crate::object::get;

/// Which operations may run when, so that the result is that of running them one after another, but for names that an
/// operation takes before a later one gives them up: who refers to a
/// resource waits for the operation that creates it, wherever that stands; operations on the same resource, or about
/// the same name, keep their order. All others may run at the same time.
///
/// Operations that refer to each other in a cycle are one job: users before groups, all of it or nothing.
#[derive(Clone, Debug)]
pub struct Schedule {
    jobs: Vec<Job>,
    /// The job of each operation.
    job_of: Vec<usize>,
    /// Operations that may give up a name, in order: what is taken before them may be free after them.
    giving: Vec<usize>,
}

#[derive(Clone, Debug)]
struct Job {
    /// The operations, in the order in which they run.
    operations: Vec<usize>,
    /// Jobs that create what this one refers to.
    needs: BTreeSet<usize>,
    /// Jobs that come first by the order of the request.
    follows: BTreeSet<usize>,
    /// Whether it also waits for everything before it in the request that may give up a name.
    is_patient: bool,
    /// Whether something before it in the request, that may give up a name, was not through when it began.
    is_early: bool,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Running,
    Finished,
}

impl Schedule {
    /// The schedule of a request.
    pub fn new(request: &BulkRequest) -> Self {
        let operations = &request.operations;
        let creators: HashMap<&str, usize> = operations
            .iter()
            .enumerate()
            .filter_map(|(index, operation)| Some((operation.creates()?, index)))
            .collect();
        let needs: Vec<BTreeSet<usize>> = operations
            .iter()
            .map(|operation| {
                let names = referred(operation, |name| creators.contains_key(name));
                let found = names.iter().filter_map(|name| creators.get(name.as_str()));
                found.copied().collect()
            })
            .collect();
        let follows = order(operations);
        let (mut jobs, job_of) = jobs(operations, &needs);
        for index in 0..operations.len() {
            let job = job_of[index];
            let others = |indices: &BTreeSet<usize>| -> Vec<usize> {
                let jobs = indices.iter().map(|other| job_of[*other]);
                jobs.filter(|other| *other != job).collect()
            };
            let (needed, before) = (others(&needs[index]), others(&follows[index]));
            jobs[job].needs.extend(needed);
            jobs[job].follows.extend(before);
        }
        let gives = |index: &usize| match &operations[*index].request {
            Ok((method, _)) => *method != Method::Post || jobs[job_of[*index]].operations.len() > 1,
            Err(_) => false,
        };
        let giving = (0..operations.len()).filter(gives).collect();
        Self {
            jobs,
            job_of,
            giving,
        }
    }

    /// Begins a job that may run now, and gives its operations; none while all that is left has to wait.
    pub fn begin(&mut self) -> Option<Vec<usize>> {
        let finished = |jobs: &BTreeSet<usize>| {
            let mut jobs = jobs.iter();
            jobs.all(|job| self.jobs[*job].state == State::Finished)
        };
        let giving = self.giving.iter().copied();
        let giving = giving
            .filter(|index| self.jobs[self.job_of[*index]].state != State::Finished)
            .min();
        let is_early = |job: &Job| giving.is_some_and(|giving| giving < job.operations[0]);
        let waits = |job: &Job| job.state == State::Waiting && finished(&job.needs);
        let ready = self.jobs.iter().position(|job| {
            waits(job) && finished(&job.follows) && !(job.is_patient && is_early(job))
        });
        // The order of the request and a cycle of references may contradict each other; references come first.
        let contradicted = || {
            let idle = self.jobs.iter().all(|job| job.state != State::Running);
            let mut jobs = self.jobs.iter();
            idle.then(|| jobs.position(&waits)).flatten()
        };
        let job = ready.or_else(contradicted)?;
        self.jobs[job].is_early = is_early(&self.jobs[job]);
        self.jobs[job].state = State::Running;
        Some(self.jobs[job].operations.clone())
    }

    /// The job of this operation is through.
    pub fn finish(&mut self, operation: usize) {
        self.jobs[self.job_of[operation]].state = State::Finished;
    }

    /// Puts an operation back that met a name which is taken, to run again when everything before it in the request is
    /// through that may give up a name; false if that was so already.
    pub fn postpone(&mut self, operation: usize) -> bool {
        let job = &mut self.jobs[self.job_of[operation]];
        if job.is_patient || !job.is_early {
            return false;
        }
        job.is_patient = true;
        job.state = State::Waiting;
        true
    }
}

/// What an operation has to do with a resource or a name.
#[derive(PartialEq, Eq, Hash)]
enum Subject {
    Resource(Target),
    /// An id that stands in some data.
    Id(String),
    Name(String, String),
}

#[derive(Default)]
struct Uses {
    changed_by: Option<usize>,
    read_since: Vec<usize>,
}

/// For each operation those before it in the request that must be through: who changes a resource comes after whoever
/// changed or mentioned it, who mentions it after whoever changed it.
fn order(operations: &[Operation]) -> Vec<BTreeSet<usize>> {
    let ids: BTreeSet<&str> = operations
        .iter()
        .filter_map(|operation| operation.request.as_ref().ok()?.1.id.as_deref())
        .collect();
    let mut uses: HashMap<Subject, Uses> = HashMap::new();
    let mut follows = vec![BTreeSet::new(); operations.len()];
    for (index, operation) in operations.iter().enumerate() {
        let Ok((_, target)) = &operation.request else {
            continue;
        };
        let mut changes: Vec<Subject> = names(operation, target);
        if let Some(id) = &target.id {
            changes.push(Subject::Resource(target.clone()));
            changes.push(Subject::Id(id.clone()));
        }
        let mut mentioned = BTreeSet::new();
        texts(&operation.data, &mut |text| {
            // By itself, or quoted in the path of a PATCH: members[value eq "id"].
            let quoted = text.split('"').skip(1).step_by(2);
            let parts = std::iter::once(text).chain(quoted);
            mentioned.extend(parts.filter_map(|part| ids.get(part).copied()));
        });
        for subject in changes {
            let uses = uses.entry(subject).or_default();
            follows[index].extend(uses.changed_by.replace(index));
            follows[index].extend(uses.read_since.drain(..));
        }
        for id in mentioned {
            let uses = uses.entry(Subject::Id(id.to_owned())).or_default();
            follows[index].extend(uses.changed_by);
            uses.read_since.push(index);
        }
        follows[index].remove(&index);
    }
    follows
}

/// The unique names that an operation gives: a `userName`, or the `displayName` of a group.
fn names<'a>(operation: &'a Operation, target: &Target) -> Vec<Subject> {
    let attribute = if target.endpoint == "/Users" {
        "userName"
    } else {
        "displayName"
    };
    let name = |text: &str| Subject::Name(target.endpoint.clone(), fold(text).into_owned());
    let member = |value: &'a Value, wanted: &str| get(value.as_object()?, wanted);
    let mut names = Vec::new();
    if let Some(Value::String(text)) = member(&operation.data, attribute) {
        names.push(name(text));
    }
    if let Some(Value::Array(steps)) = member(&operation.data, "Operations") {
        for step in steps {
            let value = member(step, "value");
            let at_path = member(step, "path")
                .and_then(Value::as_str)
                .is_some_and(|path| {
                    let name = path.rsplit(':').next().unwrap_or_default();
                    name.eq_ignore_ascii_case(attribute)
                });
            let text = match value {
                Some(value) if at_path => Some(value),
                Some(value) => member(value, attribute),
                None => None,
            };
            if let Some(Value::String(text)) = text {
                names.push(name(text));
            }
        }
    }
    names
}

/// Operations that refer to each other, directly or through others, together; every other operation by itself. Jobs come in
/// the order of their first operations.
fn jobs(operations: &[Operation], needs: &[BTreeSet<usize>]) -> (Vec<Job>, Vec<usize>) {
    let components = components(needs);
    let mut number_of = HashMap::new();
    let mut jobs: Vec<Job> = Vec::new();
    let mut job_of = Vec::with_capacity(operations.len());
    for (index, component) in components.into_iter().enumerate() {
        let job = *number_of.entry(component).or_insert_with(|| {
            jobs.push(Job {
                operations: Vec::new(),
                needs: BTreeSet::new(),
                follows: BTreeSet::new(),
                is_patient: false,
                is_early: false,
                state: State::Waiting,
            });
            jobs.len() - 1
        });
        jobs[job].operations.push(index);
        job_of.push(job);
    }
    for job in &mut jobs {
        // A member must exist before the group that lists him; what a user refers to need not.
        let is_group = |index: &usize| matches!(&operations[*index].request, Ok((_, target)) if target.endpoint == "/Groups");
        job.operations.sort_by_key(is_group);
        // What fails of several is taken back, and not done again: they begin late enough.
        job.is_patient = job.operations.len() > 1;
    }
    (jobs, job_of)
}

/// The strongly connected component of each node (Tarjan's algorithm, with a stack of its own).
fn components(edges: &[BTreeSet<usize>]) -> Vec<usize> {
    const NONE: usize = usize::MAX;
    let count = edges.len();
    let (mut order, mut low, mut component) =
        (vec![NONE; count], vec![NONE; count], vec![NONE; count]);
    let (mut next, mut path) = (0, Vec::new());
    for root in 0..count {
        if order[root] != NONE {
            continue;
        }
        let mut calls = vec![(root, edges[root].iter())];
        while let Some((node, rest)) = calls.last_mut() {
            let node = *node;
            if order[node] == NONE {
                (order[node], low[node]) = (next, next);
                next += 1;
                path.push(node);
            }
            if let Some(&other) = rest.next() {
                if order[other] == NONE {
                    calls.push((other, edges[other].iter()));
                } else if component[other] == NONE {
                    low[node] = low[node].min(order[other]);
                }
                continue;
            }
            calls.pop();
            if let Some((caller, _)) = calls.last() {
                low[*caller] = low[*caller].min(low[node]);
            }
            if low[node] == order[node] {
                while let Some(member) = path.pop() {
                    component[member] = node;
                    if member == node {
                        break;
                    }
                }
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Dialect;

    fn schedule(operations: &Value) -> Schedule {
        let request =
            BulkRequest::from_body(json!({"Operations": operations}), Dialect::Tolerant).unwrap();
        Schedule::new(&request)
    }

    /// The operations in the waves in which they run, if each wave ends as a whole.
    #[track_caller]
    fn check(operations: &Value, expected: &[&[&[usize]]]) {
        let mut schedule = schedule(operations);
        let mut waves: Vec<Vec<Vec<usize>>> = Vec::new();
        loop {
            let wave: Vec<Vec<usize>> = std::iter::from_fn(|| schedule.begin()).collect();
            if wave.is_empty() {
                break;
            }
            for job in &wave {
                schedule.finish(job[0]);
            }
            waves.push(wave);
        }
        assert_eq!(waves, expected);
    }

    fn user(bulk_id: &str, manager: &str) -> Value {
        json!({"method": "POST", "path": "/Users", "bulkId": bulk_id, "data": {"userName": bulk_id, "manager": manager}})
    }

    fn group(bulk_id: &str, members: &[&str]) -> Value {
        json!({"method": "POST", "path": "/Groups", "bulkId": bulk_id, "data": {"displayName": bulk_id, "members": members}})
    }

    #[test]
    fn what_is_not_related_runs_at_the_same_time() {
        check(
            &json!([user("a", ""), user("b", ""), group("g", &[])]),
            &[&[&[0], &[1], &[2]]],
        );
    }

    #[test]
    fn who_refers_waits_wherever_the_other_stands() {
        check(
            &json!([
                group("g", &["bulkId:a", "bulkId:b"]),
                user("a", ""),
                user("b", "bulkId:a")
            ]),
            &[&[&[1]], &[&[2]], &[&[0]]],
        );
        check(
            &json!([{"method": "DELETE", "path": "/Users/bulkId:a"}, user("a", "")]),
            &[&[&[1]], &[&[0]]],
        );
    }

    #[test]
    fn a_cycle_is_one_job_with_users_first() {
        check(
            &json!([
                group("g", &["bulkId:a"]),
                user("a", "bulkId:b"),
                user("b", "bulkId:g"),
                user("c", "bulkId:b")
            ]),
            &[&[&[1, 2, 0]], &[&[3]]],
        );
        check(&json!([user("a", "bulkId:a")]), &[&[&[0]]]);
    }

    #[test]
    fn the_same_resource_is_changed_in_order() {
        let patch = |id: &str, data: Value| json!({"method": "PATCH", "path": format!("/Users/{id}"), "data": data});
        check(
            &json!([patch("1", json!({"a": 1})), patch("2", json!({})), patch("1", json!({})), {"method": "DELETE", "path": "/Users/1"}]),
            &[&[&[0], &[1]], &[&[2]], &[&[3]]],
        );
    }

    #[test]
    fn who_is_mentioned_is_deleted_afterwards() {
        let add = |group: &str| json!({"method": "PATCH", "path": format!("/Groups/{group}"), "data": {"Operations": [{"value": [{"value": "u1"}]}]}});
        let remove = json!({"method": "PATCH", "path": "/Groups/g3", "data": {"Operations": [{"path": "members[value eq \"u0\" or value eq \"u1\"]"}]}});
        let delete = json!({"method": "DELETE", "path": "/Users/u1"});
        let other = json!({"method": "DELETE", "path": "/Users/u0"});
        check(
            &json!([add("g1"), add("g2"), delete, remove, other]),
            &[&[&[0], &[1]], &[&[2]], &[&[3]], &[&[4]]],
        );
    }

    #[test]
    fn the_same_name_is_given_in_order() {
        let rename = json!({"method": "PATCH", "path": "/Users/1", "data": {"Operations": [{"op": "replace", "value": {"userName": "A"}}]}});
        let again = json!({"method": "PATCH", "path": "/Users/2", "data": {"Operations": [{"op": "replace", "path": "userName", "value": "a"}]}});
        check(
            &json!([user("a", ""), rename, again]),
            &[&[&[0]], &[&[1]], &[&[2]]],
        );
    }

    #[test]
    fn references_win_over_the_order_of_the_request() {
        let put = |id: &str, manager: &str| json!({"method": "PUT", "path": format!("/Users/{id}"), "data": {"userName": id, "manager": manager}});
        // The first two give one name, so the second follows the first; but the first needs what the second creates.
        check(
            &json!([put("x", "bulkId:x"), user("x", "")]),
            &[&[&[1]], &[&[0]]],
        );
    }

    fn delete(id: &str) -> Value {
        json!({"method": "DELETE", "path": format!("/Users/{id}")})
    }

    #[test]
    fn an_operation_is_put_back_until_those_before_it_are_through() {
        let mut schedule = schedule(&json!([delete("1"), delete("2"), user("c", "")]));
        let begun: Vec<_> = std::iter::from_fn(|| schedule.begin()).collect();
        assert_eq!(begun, [[0], [1], [2]]);
        schedule.finish(1);
        assert!(schedule.postpone(2));
        assert_eq!(schedule.begin(), None);
        schedule.finish(0);
        assert_eq!(schedule.begin(), Some(vec![2]));
        assert!(!schedule.postpone(2));
    }

    #[test]
    fn an_operation_is_put_back_even_if_the_one_before_it_is_through_by_now() {
        let mut schedule = schedule(&json!([delete("1"), user("b", "")]));
        let begun: Vec<_> = std::iter::from_fn(|| schedule.begin()).collect();
        assert_eq!(begun, [[0], [1]]);
        schedule.finish(0);
        assert!(schedule.postpone(1));
        assert_eq!(schedule.begin(), Some(vec![1]));
        assert!(!schedule.postpone(1));
    }

    #[test]
    fn what_can_give_up_no_name_is_not_waited_for() {
        let mut schedule =
            schedule(&json!([user("a", ""), {"method": "DELETE"}, user("c", ""), delete("1")]));
        let begun: Vec<_> = std::iter::from_fn(|| schedule.begin()).collect();
        assert_eq!(begun, [[0], [1], [2], [3]]);
        assert!(!schedule.postpone(2));
    }

    #[test]
    fn who_is_waited_for_is_not_put_back_for_ever() {
        let mut schedule = schedule(&json!([delete("bulkId:x"), user("x", "")]));
        assert_eq!(schedule.begin(), Some(vec![1]));
        assert!(schedule.postpone(1));
        assert_eq!(schedule.begin(), Some(vec![1]));
        assert!(!schedule.postpone(1));
        schedule.finish(1);
        assert_eq!(schedule.begin(), Some(vec![0]));
    }

    #[test]
    fn a_cycle_waits_for_the_names_that_it_may_be_given() {
        check(
            &json!([
                delete("1"),
                user("a", "bulkId:b"),
                user("b", "bulkId:a"),
                user("c", "")
            ]),
            &[&[&[0], &[3]], &[&[1, 2]]],
        );
    }

    #[test]
    fn a_thousand_operations_in_one_chain() {
        let operations: Vec<_> = (0..1_000)
            .map(|number| user(&number.to_string(), &format!("bulkId:{}", number + 1)))
            .collect();
        let mut schedule = schedule(&json!(operations));
        let mut through = Vec::new();
        while let Some(job) = schedule.begin() {
            schedule.finish(job[0]);
            through.extend(job);
        }
        assert!(through.iter().rev().copied().eq(0..1_000));
    }
}
