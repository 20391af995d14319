use ::http::Request;

use super::*;

/// What a function would answer: enough to be worth packing.
const BODY: &str = "hello hello hello hello hello hello";
const LIMIT: usize = 64 * 1024;

fn gzip(body: &[u8]) -> Vec<u8> {
    read(GzEncoder::new(body, Compression::best())).unwrap()
}

fn deflate(body: &[u8]) -> Vec<u8> {
    read(ZlibEncoder::new(body, Compression::best())).unwrap()
}

fn parts(method: Method, headers: &[(&str, &str)]) -> Parts {
    let mut request = Request::builder().method(method);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(()).unwrap().into_parts().0
}

/// `headers` is what the client says of its body; what the function sees is shown, or the gateway's answer.
fn check_request(encodings: &[&str], body: impl Into<Bytes>, expected: &str) {
    let headers: Vec<_> = encodings
        .iter()
        .map(|encoding| ("content-encoding", *encoding))
        .collect();
    let parts = parts(Method::POST, &headers);
    let shown = match unpack(&parts.headers, body.into(), LIMIT) {
        Ok(body) if body.len() > 100 => format!("{} bytes", body.len()),
        Ok(body) => String::from_utf8_lossy(&body).into_owned(),
        Err(refusal) => format!("{refusal:?}"),
    };
    assert_eq!(shown, expected, "{encodings:?}");
}

const UNSUPPORTED: &str = "UnsupportedMediaType";
const TOO_LARGE: &str = "RequestTooLarge";

#[test]
fn what_is_packed_is_unpacked() {
    check_request(&[], "plain", "plain");
    check_request(&["identity"], "plain", "plain");
    check_request(&["gzip"], gzip(b"packed"), "packed");
    check_request(&["GZIP"], gzip(b"packed"), "packed");
    check_request(&["deflate"], deflate(b"packed"), "packed");
    let members = [gzip(b"one, "), gzip(b""), gzip(b"two")].concat();
    check_request(&["gzip"], members, "one, two");
    check_request(&["gzip"], gzip(b""), "");
    check_request(&["gzip"], "", "");
    check_request(&["deflate"], "", "");
}

#[test]
fn what_is_not_understood_is_refused() {
    for encoding in ["br", "zstd", "compress", "x-gzip", "*", "", "gzip;q=1"] {
        check_request(&[encoding], "plain", UNSUPPORTED);
        check_request(&[encoding], "", UNSUPPORTED);
    }
    check_request(&["gzip, gzip"], gzip(&gzip(b"twice")), UNSUPPORTED);
    check_request(&["gzip", "gzip"], gzip(&gzip(b"twice")), UNSUPPORTED);
    check_request(&["identity", "gzip"], gzip(b"once"), UNSUPPORTED);
}

#[test]
fn what_does_not_unpack_is_refused() {
    let (gzipped, deflated) = (gzip(b"packed"), deflate(b"packed"));
    for (encoding, packed) in [("gzip", &gzipped), ("deflate", &deflated)] {
        check_request(&[encoding], "plain", UNSUPPORTED);
        for end in 1..packed.len() {
            check_request(&[encoding], packed[..end].to_vec(), UNSUPPORTED);
        }
        check_request(&[encoding], [packed, &b"rest"[..]].concat(), UNSUPPORTED);
        let mut damaged = packed.clone();
        // In the checksum.
        let at = damaged.len() - if encoding == "gzip" { 8 } else { 1 };
        damaged[at] ^= 1;
        check_request(&[encoding], damaged, UNSUPPORTED);
    }
    check_request(&["deflate"], gzipped.clone(), UNSUPPORTED);
    check_request(&["gzip"], deflated.clone(), UNSUPPORTED);
    // Deflate without its zlib frame.
    check_request(&["deflate"], deflated[2..].to_vec(), UNSUPPORTED);
}

#[test]
fn no_more_is_unpacked_than_a_function_takes() {
    let zeros = |length| vec![0; length];
    check_request(&["gzip"], gzip(&zeros(LIMIT)), "65536 bytes");
    check_request(&["deflate"], deflate(&zeros(LIMIT)), "65536 bytes");
    check_request(&["gzip"], gzip(&zeros(LIMIT + 1)), TOO_LARGE);
    check_request(&["deflate"], deflate(&zeros(LIMIT + 1)), TOO_LARGE);

    // Small members that are too much together.
    let member = gzip(&zeros(LIMIT / 2));
    check_request(&["gzip"], [&*member, &*member].concat(), "65536 bytes");
    check_request(&["gzip"], [&*member; 3].concat(), TOO_LARGE);
}

/// Gives what it has and counts what was taken.
struct Counted<R> {
    reader: R,
    taken: usize,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let taken = self.reader.read(buffer)?;
        self.taken += taken;
        Ok(taken)
    }
}

fn check_bomb(bomb: &[u8]) {
    let mut decoder = Counted {
        reader: MultiGzDecoder::new(bomb),
        taken: 0,
    };
    let refusal = inflate(&mut decoder, LIMIT).unwrap_err();
    assert_eq!(refusal, ResponseType::RequestTooLarge);
    assert_eq!(decoder.taken, LIMIT + 1);
    // What is not unpacked is not even looked at.
    check_request(&["gzip"], [bomb, b"no gzip"].concat(), TOO_LARGE);
}

#[test]
fn of_a_bomb_no_more_is_unpacked_either() {
    // A thousand to one.
    let member = gzip(&vec![0; 1_000_000]);
    assert!(member.len() < 1_100, "{}", member.len());
    check_bomb(&member);
    // 10 GB, in a body that the gateway would take.
    let bomb = member.repeat(10_000);
    assert!(bomb.len() <= 10 * 1024 * 1024, "{}", bomb.len());
    check_bomb(&bomb);
}

/// `answer` is status and headers; what the client sees is shown, unpacked if it is packed.
fn check_answer(
    (method, accepts): (Method, &[&str]),
    (status, headers): (u16, &[(&str, &str)]),
    body: &'static str,
    minimum: usize,
    expected: &str,
) {
    let accepted: Vec<_> = accepts
        .iter()
        .map(|value| ("accept-encoding", *value))
        .collect();
    let mut response = Response::builder().status(status);
    for (name, value) in headers {
        response = response.header(*name, *value);
    }
    let mut response = response.body(Bytes::from(body)).unwrap();
    pack(&mut response, &parts(method, &accepted), minimum);

    let coding = response.headers().get(CONTENT_ENCODING);
    let coding = coding.map_or("plain", |coding| coding.to_str().unwrap());
    let unpacked = match coding {
        "gzip" => read(MultiGzDecoder::new(&**response.body())).unwrap(),
        "deflate" => read(ZlibDecoder::new(&**response.body())).unwrap(),
        _ => response.body().to_vec(),
    };
    assert_eq!(unpacked, body.as_bytes());
    assert_eq!(coding, expected, "{accepts:?}");
}

fn check_accepted(accepts: &[&str], expected: &str) {
    check_answer((Method::GET, accepts), (200, &[]), BODY, 1, expected);
}

#[test]
fn a_client_is_answered_in_the_coding_it_names() {
    // The forms the guide lists.
    check_accepted(&["deflate,gzip"], "gzip");
    check_accepted(&[""], "plain");
    check_accepted(&["*"], "plain");
    check_accepted(&["deflate;q=0.5,gzip;q=1.0"], "gzip");
    check_accepted(&["gzip;q=1.0,identity;q=0.5,*;q=0"], "gzip");
    check_accepted(&["gzip, deflate, br"], "gzip");
    check_accepted(&[], "plain");

    check_accepted(&["gzip"], "gzip");
    check_accepted(&["GZip"], "gzip");
    check_accepted(&["deflate"], "deflate");
    check_accepted(&["identity"], "plain");
    check_accepted(&["br"], "plain");
    check_accepted(&["deflate", "gzip"], "gzip");
}

#[test]
fn weights_are_respected() {
    check_accepted(&["gzip;q=0.5,deflate;q=1.0"], "deflate");
    check_accepted(&["gzip;q=0.123 , deflate ; Q=0.124"], "deflate");
    check_accepted(&["gzip;q=0.001"], "gzip");
    check_accepted(&["gzip;q=0"], "plain");
    check_accepted(&["gzip;q=0.000, deflate"], "deflate");
    check_accepted(&["identity, gzip;q=0.5"], "plain");
    check_accepted(&["identity;q=0, gzip"], "gzip");
    check_accepted(&["identity, gzip"], "gzip");
    // The client likes best what is not supported.
    check_accepted(&["br, gzip;q=0.9"], "plain");
    check_accepted(&["*, gzip;q=0.9"], "plain");
    // What is no weight.
    for weight in [
        "", "q", "q=", "q=2", "q=1.1", "q=0.0001", "q=-0", "q=.5", "q=0.+5", "ä",
    ] {
        check_accepted(&[&format!("gzip;{weight}, deflate;q=0.1")], "deflate");
    }
}

#[test]
fn small_and_empty_answers_stay_as_they_are() {
    let get: (_, &[&str]) = (Method::GET, &["gzip"]);
    check_answer(get.clone(), (200, &[]), BODY, BODY.len(), "gzip");
    check_answer(get.clone(), (200, &[]), BODY, BODY.len() + 1, "plain");
    check_answer(get.clone(), (200, &[]), BODY, 0, "gzip");
    check_answer(get.clone(), (200, &[]), "", 0, "plain");
    check_answer(get.clone(), (409, &[]), BODY, 0, "gzip");
    check_answer(get.clone(), (204, &[]), BODY, 0, "plain");
    check_answer(get.clone(), (304, &[]), BODY, 0, "plain");
    check_answer((Method::HEAD, &["gzip"]), (200, &[]), BODY, 0, "plain");
    let packed: (_, &[(&str, &str)]) = (200, &[("content-encoding", "br")]);
    check_answer(get, packed, BODY, 0, "br");
}
