//! Addresses that lead nowhere, or would like to lead elsewhere.

use guarantees::world::World;
use web::Options;

use super::{
    http::{ask, get, send},
    site::Site,
};

#[tokio::test]
async fn no_path_leads_out_of_the_page() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let long = format!("/tasks/{}", "a".repeat(20_000));
    for path in [
        "/assets/../Cargo.toml",
        "/assets/%2e%2e/Cargo.toml",
        "/assets/..%2fCargo.toml",
        "/assets/%2e%2e%2f%2e%2e%2fetc%2fpasswd",
        "/assets//etc/passwd",
        "//evil.example/",
        "/%00",
        "/tasks/%00",
        "/tasks/%ff%fe",
        "/jobs/..",
        "/labourers/%2e%2e",
        "/.env",
        &long,
    ] {
        let answer = get(&site, path).await;
        assert!((400..500).contains(&answer.code), "{path}: {answer:?}");
        assert!(!answer.body.contains("[package]") && !answer.body.contains("root:"), "{path}");
    }
    for request in [
        "GET\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "\0\0\0\0\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ] {
        let answer = send(&site, request).await;
        assert!(answer.code == 0 || (400..500).contains(&answer.code), "{request:?}: {answer:?}");
    }
    let kept = get(&site, "/assets/style.css").await;
    assert_eq!(kept.code, 200);
    site.end().await;
}

#[tokio::test]
async fn a_name_that_leads_to_nothing_is_said_to() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    for (path, word) in [
        ("/labourers/nobody", "unknown labourer nobody: the config has worker"),
        ("/resources/none", "unknown resource none: the config has no resources"),
        ("/jobs/none", "none"),
        ("/tasks/none", "none"),
        ("/nowhere", "no page at this address"),
    ] {
        let answer = get(&site, path).await;
        assert_eq!(answer.code, 404, "{path}: {answer:?}");
        assert!(
            answer.body.to_lowercase().contains(word),
            "{path}: no {word:?} in {}",
            answer.body
        );
    }
    site.end().await;
}

#[tokio::test]
async fn a_form_that_is_too_large_or_of_another_kind_is_refused() {
    let world = World::of_slots(1).await;
    let site = Site::of(&world.manager, &Options::default()).await;
    let own = format!("http://{}", site.host());
    let large =
        ask(&site, "POST", "/labourers/worker/pause", &[("origin", &own)], &"a".repeat(70_000))
            .await;
    assert_eq!(large.code, 413, "{large:?}");
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT"] {
        let refused = ask(&site, method, "/", &[("origin", &own)], "").await;
        assert!((400..500).contains(&refused.code), "{method}: {refused:?}");
    }
    site.end().await;
}
