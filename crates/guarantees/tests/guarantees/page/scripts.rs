//! Script in every field that a labourer or a job can fill.

use web::Options;

use super::{
    http::{Answer, ask, get},
    screens::VISITS,
    seeded::Seeded,
    site::{Site, Sites, TOKEN},
};

#[tokio::test(flavor = "multi_thread")]
async fn whatever_labourers_and_jobs_are_called_and_say_no_screen_has_a_script_of_theirs() {
    let seeded = Seeded::new().await;
    let sites = Sites::of(&seeded.world.manager).await;
    let bearer = format!("Bearer {TOKEN}");
    let mut escaped = 0;
    for visit in VISITS {
        let address = url::Url::parse(&visit.address(&sites, &seeded)).unwrap();
        let path = format!("{}?{}", address.path(), address.query().unwrap_or_default());
        let screen = ask(&sites.asking, "GET", &path, &[("authorization", &bearer)], "").await;
        assert!([200, 303].contains(&screen.code), "{}: {screen:?}", visit.name);
        // The page has one script, and it is a file.
        let scripts = screen.body.matches("<script").count();
        let own = screen.body.matches("<script src=\"/assets/").count();
        assert_eq!(scripts, own, "{}: {}", visit.name, screen.body);
        assert!(
            !screen.body.contains(" style=") && !screen.body.contains("javascript:"),
            "{}",
            visit.name
        );
        assert!(
            screen.head.contains("content-security-policy: default-src 'none'"),
            "{}",
            visit.name
        );
        escaped += screen.body.matches("&lt;script&gt;").count();
    }
    assert!(escaped > 20, "names and errors are shown as what they are: {escaped}");
    sites.end().await;
}

/// What a link of somebody else may ask for: it would end an attribute, then an element.
const ASKED: &str = "'\"><script>alert(1)</script><b onclick=\"x";

#[tokio::test(flavor = "multi_thread")]
async fn what_an_address_or_a_form_asks_for_is_shown_as_the_text_that_it_is() {
    let seeded = Seeded::new().await;
    let site = Site::of(&seeded.world.manager, &Options::default()).await;
    let asked: String = url::form_urlencoded::byte_serialize(ASKED.as_bytes()).collect();
    let in_path = asked.replace('+', "%20");
    for path in [
        "/jobs?state=ASKED",
        "/jobs?labourer=ASKED",
        "/jobs?after=ASKED",
        "/tasks?labourer=ASKED",
        "/tasks?labourer=import&state=ASKED",
        "/tasks?labourer=import&kind=ASKED",
        "/tasks?labourer=import&since=ASKED",
        "/tasks?labourer=import&after=ASKED",
        "/tasks?job=ASKED",
        "/stack?from=ASKED",
        "/labourers/resize?from=ASKED&to=ASKED",
        "/labourers/import/retry?kind=ASKED&after=ASKED",
        "/resources/smtp?from=ASKED&to=ASKED",
        "/labourers/IN_PATH",
        "/resources/IN_PATH",
        "/jobs/IN_PATH",
        "/tasks/IN_PATH",
        "/IN_PATH",
        "/?ASKED",
    ] {
        let path = path.replace("ASKED", &asked).replace("IN_PATH", &in_path);
        assert_is_harmless(&path, &get(&site, &path).await);
    }
    let own = format!("http://{}", site.host());
    let screen = get(&site, "/tasks?labourer=import").await;
    let (cookie, token) = (screen.cookie().unwrap(), screen.form_token().unwrap());
    let headers = [("cookie", &*cookie), ("origin", &*own)];
    for path in [
        "/tasks",
        "/labourers/import/pause",
        "/resources/smtp/pause",
        "/resources/smtp/permits",
        "/resources/smtp/rate",
    ] {
        let more = "permits=ASKED&rate=ASKED&per=ASKED&burst=ASKED";
        let form = format!("token={token}&labourer=import&for=ASKED&text=ASKED&since=ASKED&{more}");
        let answer = ask(&site, "POST", path, &headers, &form.replace("ASKED", &asked)).await;
        assert_is_harmless(path, &answer);
    }
    // A reason is kept, and shown on several screens.
    let form = format!("token={token}&reason={asked}");
    for path in ["/labourers/import/pause", "/resources/smtp/pause"] {
        let paused = ask(&site, "POST", path, &headers, &form).await;
        assert_eq!(paused.code, 303, "{paused:?}");
    }
    for path in ["/", "/labourers/import", "/resources/smtp", "/stack", "/labourers/mail"] {
        let answer = get(&site, path).await;
        assert_is_harmless(path, &answer);
        assert!(answer.body.contains("&lt;script&gt;alert(1)"), "{path} says why: {answer:?}");
    }
    site.end().await;
}

fn assert_is_harmless(path: &str, answer: &Answer) {
    assert!((200..500).contains(&answer.code) && !answer.body.is_empty(), "{path}: {answer:?}");
    for raw in ["<script>", "<b onclick", "onclick=\""] {
        assert!(!answer.body.contains(raw), "{path}: {raw} in {answer:?}");
    }
}
