//! Requests that pages of others, or names of others, make a browser send.

use guarantees::world::{World, id};
use web::{
    Options,
    route::{Kind, ROUTES},
};

use super::{
    http::{Answer, ask, get},
    site::{Site, TOKEN},
};

const PAUSE: &str = "/labourers/worker/pause";

/// Who sends it, its headers, and its token.
type Forgery<'f> = (&'f str, &'f [(&'f str, &'f str)], &'f str);

/// A visitor with a session: its cookie, and the token of its forms.
async fn visitor(site: &Site) -> (String, String) {
    let screen = get(site, "/labourers/worker").await;
    (screen.cookie().unwrap(), screen.form_token().unwrap())
}

async fn is_paused(world: &World) -> bool {
    let row = world.manager.store().labourers().row(&id("worker")).await.unwrap();
    row.is_some_and(|row| row.is_paused(world.now()))
}

async fn post(site: &Site, headers: &[(&str, &str)], token: &str) -> Answer {
    ask(site, "POST", PAUSE, headers, &format!("token={token}&reason=forged")).await
}

#[tokio::test]
async fn a_post_counts_only_with_the_token_of_its_own_session_from_its_own_page() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let (own, host) = (format!("http://{}", site.host()), site.host());
    let ((cookie, token), (_, others)) = (visitor(&site).await, visitor(&site).await);
    let cookie = cookie.as_str();
    let forgeries: [Forgery; 10] = [
        ("no session", &[("origin", &own)], &token),
        ("no token", &[("cookie", cookie), ("origin", &own)], ""),
        ("the token of another session", &[("cookie", cookie), ("origin", &own)], &others),
        (
            "a page of somebody else",
            &[("cookie", cookie), ("origin", "http://evil.example")],
            &token,
        ),
        (
            "a page of another program here",
            &[("cookie", cookie), ("origin", "http://127.0.0.1:1")],
            &token,
        ),
        ("a page without an origin", &[("cookie", cookie), ("origin", "null")], &token),
        ("no origin at all", &[("cookie", cookie)], &token),
        ("another site", &[("cookie", cookie), ("sec-fetch-site", "cross-site")], &token),
        (
            "a name that was made to lead here",
            &[("cookie", cookie), ("host", "evil.example"), ("origin", "http://evil.example")],
            &token,
        ),
        ("another port", &[("cookie", cookie), ("host", "127.0.0.1:1"), ("origin", &own)], &token),
    ];
    for (who, headers, token) in forgeries {
        let refused = post(&site, headers, token).await;
        assert_eq!(refused.code, 403, "{who}: {refused:?}");
        assert!(!is_paused(&world).await, "{who}");
    }
    let done = post(&site, &[("cookie", cookie), ("origin", &own), ("host", &host)], &token).await;
    assert_eq!(done.code, 303, "{done:?}");
    assert!(is_paused(&world).await);
    site.end().await;
}

#[tokio::test]
async fn a_name_that_was_made_to_lead_here_sees_nothing() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let port = site.host().rsplit_once(':').unwrap().1.to_owned();
    for host in [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        format!("127.0.0.1.evil.example:{port}"),
        String::new(),
    ] {
        let refused = ask(&site, "GET", "/", &[("host", &host)], "").await;
        assert!([400, 403].contains(&refused.code), "{host}: {refused:?}");
        assert!(!refused.body.contains("worker"), "{refused:?}");
    }
    let twice =
        ask(&site, "GET", "/", &[("host", &site.host()), ("host", "evil.example")], "").await;
    assert!([400, 403].contains(&twice.code), "{twice:?}");
    let named = ask(&site, "GET", "/", &[("host", &format!("localhost:{port}"))], "").await;
    assert_eq!(named.code, 200);
    site.end().await;
}

/// Every action, of things that there are.
fn actions() -> impl Iterator<Item = String> {
    let actions = ROUTES.iter().filter(|route| route.kind == Kind::Action);
    actions.map(|action| {
        let path = action.path.replace("{labourer}", "worker");
        path.replace("{job}", "j").replace("{task}", "t")
    })
}

#[tokio::test]
async fn no_action_is_done_for_anybody_else() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let own = format!("http://{}", site.host());
    let ((cookie, token), (_, others)) = (visitor(&site).await, visitor(&site).await);
    let cookie = ("cookie", cookie.as_str());
    for path in actions() {
        world.wire.calls();
        for (origin, token) in [(&*own, &*others), (&*own, ""), ("http://evil.example", &*token)] {
            let headers = [cookie, ("origin", origin)];
            let refused = ask(&site, "POST", &path, &headers, &format!("token={token}")).await;
            assert_eq!(refused.code, 403, "{path} of {origin}: {refused:?}");
        }
        assert!(world.wire.calls().is_empty(), "{path}: nothing is even read");
    }
    site.end().await;
}

#[tokio::test]
async fn nothing_is_done_by_a_link() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let screens: Vec<_> =
        ROUTES.iter().filter(|route| route.kind == Kind::Screen).map(|route| route.path).collect();
    world.wire.calls();
    for action in
        ROUTES.iter().filter(|route| route.kind == Kind::Action && !screens.contains(&route.path))
    {
        let path = action
            .path
            .replace("{labourer}", "worker")
            .replace("{job}", "j")
            .replace("{task}", "t");
        let refused = get(&site, &path).await;
        assert_eq!(refused.code, 405, "{path}: {refused:?}");
    }
    assert!(world.wire.calls().iter().all(|call| !call.is_write()));
    site.end().await;
}

#[tokio::test]
async fn who_may_only_look_can_do_nothing() {
    let world = World::of_slots(1).await;
    let options = Options { is_read_only: true, ..Options::default() };
    let site = Site::of(&world.manager, &options).await;
    let own = format!("http://{}", site.host());
    let screen = get(&site, "/labourers/worker").await;
    assert!(screen.body.contains("<fieldset disabled"), "{screen:?}");
    let (cookie, token) = (screen.cookie().unwrap(), screen.form_token().unwrap());
    let refused = post(&site, &[("cookie", &cookie), ("origin", &own)], &token).await;
    assert_eq!(refused.code, 403);
    assert!(refused.body.contains("read-only"), "{refused:?}");
    assert!(!is_paused(&world).await);
    site.end().await;
}

#[tokio::test]
async fn where_one_may_only_look_no_action_is_one() {
    let world = World::of_slots(1).await;
    let options = Options { is_read_only: true, ..Options::default() };
    let site = Site::of(&world.manager, &options).await;
    let own = format!("http://{}", site.host());
    let (cookie, token) = visitor(&site).await;
    let headers = [("cookie", &*cookie), ("origin", &*own)];
    // Asking for a text, and signing in, do nothing to the stack.
    for path in actions().filter(|path| !["/tasks", "/sign-in"].contains(&path.as_str())) {
        let refused = ask(&site, "POST", &path, &headers, &format!("token={token}")).await;
        assert_eq!(refused.code, 403, "{path}: {refused:?}");
    }
    site.end().await;
}

#[tokio::test]
async fn who_does_not_know_the_token_sees_nothing() {
    let world = World::of_slots(1).await;
    let site =
        Site::of(&world.manager, &Options { token: Some(TOKEN.to_owned()), ..Options::default() })
            .await;
    for path in ["/", "/labourers/worker", "/jobs", "/tasks?labourer=worker", "/live", "/nowhere"] {
        for headers in [&[][..], &[("authorization", "Bearer wrong")], &[("cookie", "sosw_1=a.b")]]
        {
            let refused = ask(&site, "GET", path, headers, "").await;
            assert_eq!(refused.code, 401, "{path}: {refused:?}");
            assert!(!refused.body.contains("worker") || path.contains("worker"), "{refused:?}");
        }
    }
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(ask(&site, "GET", "/", &[("authorization", &bearer)], "").await.code, 200);
    site.end().await;
}

#[tokio::test]
async fn a_sign_in_is_a_new_session_and_leads_to_no_other_page() {
    let world = World::of_slots(1).await;
    let options = Options { token: Some(TOKEN.to_owned()), ..Options::default() };
    let site = Site::of(&world.manager, &options).await;
    let own = format!("http://{}", site.host());
    let screen = get(&site, "/labourers/worker").await;
    let (before, token) = (screen.cookie().unwrap(), screen.form_token().unwrap());
    let sign_in = async |secret: &str, origin: &str, then: &str| {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.extend_pairs([("token", &*token), ("secret", secret), ("then", then)]);
        let headers = [("cookie", &*before), ("origin", origin)];
        ask(&site, "POST", "/sign-in", &headers, &form.finish()).await
    };
    for wrong in ["", "guessed", &TOKEN[1..]] {
        let refused = sign_in(wrong, &own, "/").await;
        assert_eq!((refused.code, refused.cookie()), (401, None), "{wrong}: {refused:?}");
    }
    assert_eq!(sign_in(TOKEN, "http://evil.example", "/").await.code, 403);
    for (then, place) in [
        ("/labourers/worker", "/labourers/worker"),
        ("//evil.example/", "/"),
        ("https://evil.example/", "/"),
    ] {
        let let_in = sign_in(TOKEN, &own, then).await;
        assert_eq!(let_in.code, 303, "{let_in:?}");
        assert!(let_in.head.contains(&format!("location: {place}\r\n")), "{then}: {let_in:?}");
        let after = let_in.cookie().unwrap();
        assert_ne!(after, before);
        assert_eq!(ask(&site, "GET", "/", &[("cookie", &after)], "").await.code, 200);
    }
    let stays = ask(&site, "GET", "/", &[("cookie", &before)], "").await;
    assert_eq!(stays.code, 401, "whoever gave somebody a session does not get in by it");
    site.end().await;
}
