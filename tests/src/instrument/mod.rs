//! An instrument in the AWS client of a test's stack: it tells what a request asks of DynamoDB, and lets calls go wrong.
//!
//! It stands where the client sends, around the real HTTP client. So what it sees are attempts: the SDK repeats by itself what
//! was throttled or not answered, three times in all as in the deployed functions, each time under the same invocation id. A call
//! is all attempts of one invocation id. What repeats a call after that is the product, and that is another call. A [`Fault`]
//! therefore says how far it goes ([`Extent`]): one attempt, which the SDK makes good; the call, which the product has to make
//! good; or everything from there on, which only the client can.
//!
//! Calls are counted within one invocation of a function, which is a task of the gateway's: a plan is about the invocation that
//! makes the next call after it was laid, and about no other. So others may run meanwhile. The authorizer is a function too; let the
//! gateway have cached its answer before a plan is laid.

mod call;
mod condition;
mod fault;
mod kind;
mod unmet;
mod weather;

use std::fmt;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_dynamodb::config::retry::{RetryConfig, RetryPartition, TokenBucket};
use aws_sdk_dynamodb::config::{Builder, HttpClient, RuntimeComponents};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task;

use condition::Sender;
use weather::Season;

pub use call::{Call, depth};
pub use condition::Condition;
pub use fault::{Extent, Fault};
pub use kind::kind;
pub use weather::Weather;

/// What watches the calls of one store. Without a recording or a plan it lets everything pass.
#[derive(Clone)]
pub struct Instrument {
    sender: Arc<Sender>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// Counts what begins and ends.
    clock: u64,
    recording: Option<Vec<Call>>,
    plan: Option<Plan>,
    season: Option<Season>,
}

/// Which call a fault is laid for.
enum Which {
    /// The first one being 1.
    Number(usize),
    /// That of a number among those that ask the same, such as the second `GetItem`, whichever invocation makes it.
    NumberOf(String, usize),
    /// The next one that is so, whoever makes it.
    Next(Box<dyn Fn(&Call) -> bool + Send>),
    /// The next one that has a condition which is so.
    Conditional(Box<dyn Fn(&Condition) -> bool + Send>),
}

/// One fault, laid for the next invocation of a function that calls DynamoDB.
struct Plan {
    fault: Fault,
    extent: Extent,
    which: Which,
    function: Option<task::Id>,
    /// The invocation ids of the calls that count, so far.
    calls: Vec<String>,
    times: usize,
    /// What the call asked for with which the fault occurred last.
    asked: Value,
    /// Its condition that was wanted.
    condition: Option<Condition>,
    reached: Arc<Notify>,
    released: Arc<Notify>,
}

impl Plan {
    /// Which of the calls that count this one is, the first one being 1.
    fn count(&mut self, request: &HttpRequest) -> usize {
        let invocation = header(request, "amz-sdk-invocation-id");
        let known = self.calls.iter().position(|known| known == invocation);
        let place = known.unwrap_or_else(|| {
            self.calls.push(invocation.to_owned());
            self.calls.len() - 1
        });
        place + 1
    }

    /// Whether the fault is for an attempt, by whether it is one at the call that the fault is laid for, or at that or a later one.
    fn is_due(&self, is_it: bool, is_it_or_later: bool) -> bool {
        match self.extent {
            Extent::Attempt => is_it && self.times == 0,
            Extent::Call => is_it,
            Extent::Rest => is_it_or_later,
        }
    }
}

/// A plan that was laid; it ends when this is dropped.
pub struct Laid {
    instrument: Instrument,
    reached: Arc<Notify>,
    released: Arc<Notify>,
}

impl Laid {
    /// Resolves when the fault occurs for the first time. Once.
    pub async fn reached(&self) {
        self.reached.notified().await;
    }

    /// Lets a call that is paused go on.
    pub fn release(&self) {
        self.released.notify_one();
    }

    /// The body of the call with which the fault occurred last.
    pub fn asked(&self) -> Value {
        let state = self.instrument.state();
        state
            .plan
            .as_ref()
            .map_or(Value::Null, |it| it.asked.clone())
    }

    /// The condition of the call that is held back for it.
    pub fn condition(&self) -> Option<Condition> {
        let state = self.instrument.state();
        state.plan.as_ref()?.condition.clone()
    }

    /// How often the fault occurred.
    pub fn times(&self) -> usize {
        self.instrument
            .state()
            .plan
            .as_ref()
            .map_or(0, |it| it.times)
    }
}

impl Drop for Laid {
    fn drop(&mut self) {
        self.release();
        self.instrument.state().plan = None;
    }
}

impl Instrument {
    /// For the client of the functions that are asked.
    pub fn of_requests() -> Self {
        Self::of(false)
    }

    /// For the client of the function `changes`.
    pub fn of_changes() -> Self {
        Self::of(true)
    }

    fn of(is_changes: bool) -> Self {
        Self {
            sender: Arc::new(Sender::new(is_changes)),
            state: Arc::default(),
        }
    }

    /// Puts the instrument into a client. The SDK repeats as often as in the deployed functions, but at once, and without the
    /// budget that all clients of a process share.
    pub fn configure(&self, config: Builder) -> Builder {
        const ATTEMPTS: u32 = 3;
        let retries = RetryConfig::standard()
            .with_max_attempts(ATTEMPTS)
            .with_initial_backoff(Duration::from_millis(1));
        let partition = RetryPartition::custom("test").token_bucket(TokenBucket::unlimited());
        config
            .retry_config(retries)
            .retry_partition(partition.build())
            .http_client(Watching {
                http: aws_smithy_http_client::Builder::new().build_http(),
                instrument: self.clone(),
            })
    }

    /// Notes calls from now on.
    pub fn record(&self) {
        self.state().recording = Some(Vec::new());
    }

    /// What was noted, in the order in which it began.
    pub fn recorded(&self) -> Vec<Call> {
        self.state().recording.take().unwrap_or_default()
    }

    /// Lets a call of the next invocation go wrong, counted from 1.
    pub fn lay(&self, call: usize, fault: Fault, extent: Extent) -> Laid {
        self.lay_for(Which::Number(call), fault, extent)
    }

    /// Lets a call of the function `changes` go wrong, counted from 1 among those that ask the same: how many records an invocation
    /// is given, and so which call comes after which, is a matter of when the stream is read.
    pub fn lay_among(&self, operation: &str, number: usize, fault: Fault, extent: Extent) -> Laid {
        self.lay_for(Which::NumberOf(operation.to_owned(), number), fault, extent)
    }

    /// Holds back the next call that is so.
    pub fn hold(&self, is_it: impl Fn(&Call) -> bool + Send + 'static) -> Laid {
        let next = Which::Next(Box::new(is_it));
        self.lay_for(next, Fault::Paused, Extent::Attempt)
    }

    /// Holds back the next call that has such a condition.
    pub fn hold_for(&self, is_it: impl Fn(&Condition) -> bool + Send + 'static) -> Laid {
        let conditional = Which::Conditional(Box::new(is_it));
        self.lay_for(conditional, Fault::Paused, Extent::Attempt)
    }

    fn lay_for(&self, which: Which, fault: Fault, extent: Extent) -> Laid {
        let laid = Laid {
            instrument: self.clone(),
            reached: Arc::default(),
            released: Arc::default(),
        };
        self.state().plan = Some(Plan {
            fault,
            extent,
            which,
            function: None,
            calls: Vec::new(),
            times: 0,
            asked: Value::Null,
            condition: None,
            reached: Arc::clone(&laid.reached),
            released: Arc::clone(&laid.released),
        });
        laid
    }

    /// Lets pauses and faults happen by chance from now on.
    pub fn weather(&self, weather: Weather, seed: u64) {
        self.state().season = Some(Season::new(weather, seed));
    }

    /// Nothing happens by chance any more.
    pub fn clear(&self) {
        self.state().season = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A function that is to end does so outside.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn attempt(
        self,
        http: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        let request = self.sender.pass(request);
        let (place, due, pause) = {
            let mut state = self.state();
            let (pause, by_chance) = match state.season.as_mut() {
                Some(season) => {
                    let body = body_of(&request);
                    season.of(operation(&request), body["ClientRequestToken"].as_str())
                }
                None => Default::default(),
            };
            let by_chance = by_chance.map(|fault| Due {
                fault,
                released: Arc::default(),
            });
            let due = state.due(&request, &self.sender).or(by_chance);
            (state.begin(&request), due, pause)
        };
        if !pause.is_zero() {
            tokio::time::sleep(pause).await;
        }
        let answer = match (due, place) {
            (None, None) => return http.call(request).await,
            (None, Some(_)) => send(&http, request).await,
            (Some(due), _) => due.occur(&http, request).await,
        };
        if let Some(place) = place {
            self.state().end(place, answer.as_ref().ok());
        }
        answer
    }
}

impl State {
    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Where in the recording it is noted, if there is one.
    fn begin(&mut self, request: &HttpRequest) -> Option<usize> {
        let now = self.tick();
        let recording = self.recording.as_mut()?;
        let call = Call::begin(now, operation(request), &body_of(request), task::try_id());
        recording.push(call);
        Some(recording.len() - 1)
    }

    fn end(&mut self, place: usize, answer: Option<&HttpResponse>) {
        let now = self.tick();
        let call = self.recording.as_mut().and_then(|it| it.get_mut(place));
        if let Some(call) = call {
            call.end(now, answer.and_then(|answer| answer.body().bytes()));
        }
    }

    fn due(&mut self, request: &HttpRequest, sender: &Sender) -> Option<Due> {
        let plan = self.plan.as_mut()?;
        let is_due = match &plan.which {
            Which::Number(number) => {
                let number = *number;
                let function = task::try_id()?;
                if *plan.function.get_or_insert(function) != function {
                    return None;
                }
                let call = plan.count(request);
                plan.is_due(call == number, call >= number)
            }
            Which::NumberOf(asked, number) => {
                let (is_like, number) = (asked == operation(request), *number);
                let is_it = is_like && plan.count(request) == number;
                if is_it && plan.function.is_none() {
                    plan.function = task::try_id();
                }
                let is_later = plan.function.is_some() && plan.function == task::try_id();
                plan.is_due(is_it, is_later)
            }
            Which::Next(is_it) => {
                let body = body_of(request);
                plan.times == 0 && is_it(&Call::begin(0, operation(request), &body, None))
            }
            Which::Conditional(is_it) => {
                if plan.times == 0 {
                    let conditions = sender.conditions(request);
                    plan.condition = conditions.into_iter().find(|it| is_it(it));
                }
                plan.times == 0 && plan.condition.is_some()
            }
        };
        if !is_due || !plan.fault.concerns(operation(request)) {
            return None;
        }
        plan.times += 1;
        plan.asked = body_of(request);
        plan.reached.notify_one();
        Some(Due {
            fault: plan.fault,
            released: Arc::clone(&plan.released),
        })
    }
}

/// A fault that is to occur now.
struct Due {
    fault: Fault,
    released: Arc<Notify>,
}

impl Due {
    async fn occur(
        self,
        http: &SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        /// What Lambda's end of a function leaves of it: nothing, not even a message.
        struct Ended;
        let body = &body_of(&request);
        match self.fault {
            Fault::Unsent => Err(ConnectorError::io("the test does not send it".into())),
            Fault::Unanswered => {
                send(http, request).await?;
                Err(ConnectorError::io("the test loses the answer".into()))
            }
            Fault::Throttled => Ok(fault::throttled(operation(&request), body)),
            Fault::Conflict => Ok(fault::conflict(operation(&request), body)),
            Fault::Unprocessed => {
                let (first, left) = fault::split(operation(&request), body);
                let answer = match first {
                    Some(first) => Some(send(http, with_body(request, &first)).await?),
                    None => None,
                };
                Ok(fault::unprocessed(answer.as_ref(), left))
            }
            Fault::EndsBefore => resume_unwind(Box::new(Ended)),
            Fault::EndsAfter => {
                send(http, request).await?;
                resume_unwind(Box::new(Ended))
            }
            Fault::Paused => {
                self.released.notified().await;
                send(http, request).await
            }
        }
    }
}

/// The answer, whole.
async fn send(
    http: &SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let mut answer = http.call(request).await?;
    let body = answer.take_body().collect().await;
    let body = body.map_err(ConnectorError::io)?.to_bytes();
    *answer.body_mut() = SdkBody::from(body);
    Ok(answer)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    request.headers().get(name).unwrap_or_default()
}

/// What is asked, such as `GetItem`.
fn operation(request: &HttpRequest) -> &str {
    let target = header(request, "x-amz-target");
    target.rsplit('.').next().unwrap_or_default()
}

fn body_of(request: &HttpRequest) -> Value {
    let bytes = request.body().bytes().unwrap_or_default();
    serde_json::from_slice(bytes).unwrap_or_default()
}

fn with_body(mut request: HttpRequest, body: &Value) -> HttpRequest {
    let body = body.to_string();
    let length = body.len().to_string();
    request.headers_mut().insert("content-length", length);
    *request.body_mut() = SdkBody::from(body);
    request
}

/// The HTTP client with the instrument around it.
struct Watching {
    http: SharedHttpClient,
    instrument: Instrument,
}

impl fmt::Debug for Watching {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Watching")
    }
}

impl HttpClient for Watching {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(WatchingConnector {
            http: self.http.http_connector(settings, components),
            instrument: self.instrument.clone(),
        })
    }
}

struct WatchingConnector {
    http: SharedHttpConnector,
    instrument: Instrument,
}

impl fmt::Debug for WatchingConnector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("WatchingConnector")
    }
}

impl HttpConnector for WatchingConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let attempt = self.instrument.clone().attempt(self.http.clone(), request);
        HttpConnectorFuture::new(attempt)
    }
}
