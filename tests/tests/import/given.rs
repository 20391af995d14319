use end_to_end::{Client, Response};

/// How a client counts on.
#[derive(Clone, Copy, Debug)]
pub enum Step {
    /// By what it asked for, as Okta does.
    Count,
    /// By what it got.
    ItemsPerPage,
}

pub async fn page(client: &Client, query: &str, start_index: usize, count: usize) -> Response {
    let page = client
        .get(&format!("{query}startIndex={start_index}&count={count}"))
        .await;
    assert_eq!(page.status, 200, "{page:?}");
    assert!(
        page.broken_promises().is_empty(),
        "{:?}",
        page.broken_promises()
    );
    assert_eq!(page.body["startIndex"], start_index);
    let shown = page.ids().len();
    assert!(shown <= count);
    let total = page.body["totalResults"].as_u64().unwrap();
    assert!(
        shown == 0 || total >= (start_index - 1 + shown) as u64,
        "{total}"
    );
    page
}

/// All ids, page by page, as long as the total says that there are more; `meanwhile` is done after each page.
pub async fn walk(
    client: &Client,
    query: &str,
    count: usize,
    step: Step,
    mut meanwhile: impl AsyncFnMut(usize),
) -> Vec<String> {
    let (mut visited, mut start_index) = (Vec::new(), 1);
    for number in 0.. {
        let page = page(client, query, start_index, count).await;
        let ids = page.ids();
        let total = page.body["totalResults"]
            .as_u64()
            .map(|total| usize::try_from(total).unwrap())
            .unwrap();
        start_index += match step {
            Step::Count => count,
            Step::ItemsPerPage => ids.len(),
        };
        let nothing = ids.is_empty();
        visited.extend(ids);
        meanwhile(number).await;
        if start_index > total || nothing {
            break;
        }
    }
    visited
}
