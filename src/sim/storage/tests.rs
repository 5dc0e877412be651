use http::HeaderName;

use super::*;

const NOW: i64 = 1_000_000;

fn state(cloud: Cloud) -> State {
    State { cloud, key: "k".to_owned(), ..State::default() }
}

fn ask(
    state: &mut State,
    method: &str,
    uri: &str,
    header: Option<(&'static str, &'static str)>,
    body: &str,
) -> Result<String, u16> {
    let mut request = Request::new(Bytes::from(body.to_owned()));
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = uri.parse().unwrap();
    if let Some((name, value)) = header {
        request.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    match answer(state, &request, NOW) {
        Ok(Answer::Bytes { bytes, .. }) => Ok(String::from_utf8(bytes.to_vec()).unwrap()),
        Ok(_) => Ok(String::new()),
        Err(refusal) => Err(refusal.status),
    }
}

fn address(state: &State, right: Right, now: i64) -> String {
    state.signed("https://x.example", "a/b c/é.txt", right, now)
}

#[test]
fn only_a_good_address_lets_in() {
    let mut state = state(Cloud::S3);
    let (read, write) = (address(&state, Right::Read, NOW), address(&state, Right::Write, NOW));
    assert_eq!(ask(&mut state, "GET", &read, None, ""), Err(404));
    assert_eq!(ask(&mut state, "PUT", &write, None, "x"), Ok(String::new()));
    assert_eq!(ask(&mut state, "GET", &read, None, ""), Ok("x".to_owned()));
    let old = address(&state, Right::Read, NOW - GOOD_FOR);
    for wrong in [&write, &old, &read.replace("b%20c", "b"), &read.replace("sig=", "sig=0")] {
        assert_eq!(ask(&mut state, "GET", wrong, None, ""), Err(403), "{wrong}");
    }
    assert_eq!(ask(&mut state, "PUT", &read, None, "y"), Err(403));
    let token = Some(("authorization", "Bearer x"));
    assert_eq!(ask(&mut state, "GET", &read, token, ""), Err(400), "a token has no business here");
    let chunked = Some(("transfer-encoding", "chunked"));
    assert_eq!(ask(&mut state, "PUT", &write, chunked, "y"), Err(501));
    assert_eq!(ask(&mut state, "PATCH", &write, None, "y"), Err(405));
    assert_eq!(state.below("a").collect::<Vec<_>>(), [("b c/é.txt", 1)]);
}

#[test]
fn blocks_make_a_file_in_the_order_of_their_list() {
    let mut state = state(Cloud::AzureBlob);
    let (read, write) = (address(&state, Right::Read, NOW), address(&state, Right::Write, NOW));
    let blob = Some(("x-ms-blob-type", "BlockBlob"));
    assert_eq!(
        ask(&mut state, "PUT", &write, None, "1"),
        Err(400),
        "it has to say of what sort it is"
    );
    for (id, text) in [("Yg%3D%3D", "2"), ("YQ%3D%3D", "1")] {
        let block = format!("{write}&comp=block&blockid={id}");
        assert_eq!(ask(&mut state, "PUT", &block, None, text), Ok(String::new()));
    }
    assert_eq!(ask(&mut state, "GET", &read, None, ""), Err(404), "a part is no file");
    let list = format!("{write}&comp=blocklist");
    let wrong = "<BlockList><Uncommitted>eA==</Uncommitted></BlockList>";
    assert_eq!(ask(&mut state.clone(), "PUT", &list, None, wrong), Err(400));
    let right =
        "<BlockList>\n<Uncommitted>YQ==</Uncommitted>\n<Uncommitted>Yg==</Uncommitted></BlockList>";
    assert_eq!(ask(&mut state, "PUT", &list, blob, right), Err(400), "the list is no file");
    assert_eq!(ask(&mut state, "PUT", &list, None, right), Ok(String::new()));
    assert_eq!(ask(&mut state, "GET", &read, None, ""), Ok("12".to_owned()));
    assert_eq!(
        ask(&mut state, "PUT", &write, blob, "3"),
        Ok(String::new()),
        "a small one goes at once"
    );
    assert_eq!(ask(&mut state, "GET", &read, None, ""), Ok("3".to_owned()));
}

#[test]
fn what_is_appended_is_there_when_it_is_flushed() {
    let mut state = state(Cloud::AzureLake);
    let (read, write) = (address(&state, Right::Read, NOW), address(&state, Right::Write, NOW));
    let append = format!("{write}&action=append&position=0");
    assert_eq!(ask(&mut state, "PATCH", &append, None, "12"), Err(404), "it has to be made first");
    assert_eq!(
        ask(&mut state, "PUT", &format!("{write}&resource=file"), None, ""),
        Ok(String::new())
    );
    assert_eq!(ask(&mut state, "PATCH", &append, None, "12"), Ok(String::new()));
    let append = format!("{write}&action=append&position=2");
    assert_eq!(ask(&mut state, "PATCH", &append, None, "3"), Ok(String::new()));
    assert_eq!(ask(&mut state, "GET", &read, None, ""), Ok(String::new()));
    let flush = |end: u8| format!("{write}&action=flush&position={end}");
    assert_eq!(ask(&mut state, "PATCH", &flush(2), None, ""), Err(400));
    assert_eq!(ask(&mut state, "PATCH", &flush(3), None, ""), Ok(String::new()));
    assert_eq!(ask(&mut state, "GET", &read, None, ""), Ok("123".to_owned()));
}
