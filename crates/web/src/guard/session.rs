//! Who visits: a cookie that nobody else can make, and the token of its forms.
//!
//! Nothing is stored. What the cookie says is signed with a secret of this process, so that a restart ends all
//! sessions; the token of forms is a keyed hash of the session, so that one session's token is none of another.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The length of keys that HMAC uses as they are.
const KEY: usize = 64;

/// What a hash is for: one made for a purpose proves nothing for another.
#[derive(Clone, Copy)]
enum Purpose {
    Visitor,
    SignedIn,
    Form,
    SignIn,
}

/// The secrets of this process.
pub struct Keys {
    secret: [u8; KEY],
    /// The hash of the token that whoever signs in must know; nothing if nobody has to.
    sign_in: Option<String>,
}

/// A session, as its cookie proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    id: String,
    pub is_signed_in: bool,
}

impl Keys {
    pub fn new(token: Option<&str>) -> Self {
        let mut keys = Self { secret: rand::random(), sign_in: None };
        keys.sign_in = token.map(|token| keys.hash(Purpose::SignIn, token));
        keys
    }

    /// Must whoever visits sign in?
    pub fn ask_for_token(&self) -> bool {
        self.sign_in.is_some()
    }

    /// Is this the token of `--token`?
    pub fn is_token(&self, given: &str) -> bool {
        // Hashes are compared, so that neither the length of the token nor how much of it was right can be measured.
        let given = self.hash(Purpose::SignIn, given);
        self.sign_in.as_ref().is_some_and(|own| is_same(own, &given))
    }

    pub fn begin(&self, is_signed_in: bool) -> Session {
        Session { id: hex(&rand::random::<[u8; 16]>()), is_signed_in }
    }

    /// The session of a cookie that this process made.
    pub fn read(&self, cookie: &str) -> Option<Session> {
        let (id, hash) = cookie.split_once('.')?;
        let session = |is_signed_in| Session { id: id.to_owned(), is_signed_in };
        [session(true), session(false)]
            .into_iter()
            .find(|session| is_same(&self.hash(session.purpose(), &session.id), hash))
    }

    pub fn cookie(&self, session: &Session) -> String {
        format!("{}.{}", session.id, self.hash(session.purpose(), &session.id))
    }

    /// The hidden field of the forms of this session.
    pub fn form_token(&self, session: &Session) -> String {
        self.hash(Purpose::Form, &self.cookie(session))
    }

    pub fn is_form_token(&self, session: &Session, given: &str) -> bool {
        is_same(&self.form_token(session), given)
    }

    fn hash(&self, purpose: Purpose, text: &str) -> String {
        let mut hash = Hmac::<Sha256>::new(&self.secret.into());
        hash.update(&[purpose as u8]);
        hash.update(text.as_bytes());
        hex(&hash.finalize().into_bytes())
    }
}

impl Session {
    fn purpose(&self) -> Purpose {
        if self.is_signed_in { Purpose::SignedIn } else { Purpose::Visitor }
    }
}

fn is_same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_by_the_process_that_made_it_and_by_no_other() {
        let (keys, others) = (Keys::new(None), Keys::new(None));
        for is_signed_in in [false, true] {
            let session = keys.begin(is_signed_in);
            assert_eq!(keys.read(&keys.cookie(&session)), Some(session.clone()));
            assert_eq!(others.read(&keys.cookie(&session)), None);
        }
    }

    #[test]
    fn a_cookie_that_was_changed_is_none() {
        let keys = Keys::new(None);
        let cookie = keys.cookie(&keys.begin(false));
        let (id, hash) = cookie.split_once('.').unwrap();
        let other = keys.cookie(&keys.begin(false));
        let (other, _) = other.split_once('.').unwrap();
        for forged in
            [id.to_owned(), format!("{id}."), format!("{other}.{hash}"), format!("{id}.{hash}0")]
        {
            assert_eq!(keys.read(&forged), None, "{forged}");
        }
    }

    #[test]
    fn a_visitor_cannot_become_one_who_signed_in() {
        let keys = Keys::new(Some("a secret of enough length"));
        let (visitor, signed_in) =
            (keys.begin(false), Session { is_signed_in: true, ..keys.begin(false) });
        assert!(!keys.read(&keys.cookie(&visitor)).unwrap().is_signed_in);
        let (id, _) =
            keys.cookie(&visitor).split_once('.').map(|(id, _)| (id.to_owned(), ())).unwrap();
        let hash = keys.cookie(&signed_in).split_once('.').unwrap().1.to_owned();
        assert_eq!(keys.read(&format!("{id}.{hash}")), None);
    }

    #[test]
    fn the_token_of_forms_is_that_of_one_session() {
        let keys = Keys::new(None);
        let (one, other) = (keys.begin(false), keys.begin(false));
        assert!(keys.is_form_token(&one, &keys.form_token(&one)));
        for wrong in ["", &keys.form_token(&other), &keys.cookie(&one), &one.id] {
            assert!(!keys.is_form_token(&one, wrong), "{wrong}");
        }
    }

    #[test]
    fn only_the_token_that_was_given_signs_in_and_none_does_where_none_was() {
        let keys = Keys::new(Some("0123456789abcdef"));
        assert!(keys.ask_for_token() && keys.is_token("0123456789abcdef"));
        for wrong in ["", "0123456789abcde", "0123456789abcdef0", "0123456789ABCDEF"] {
            assert!(!keys.is_token(wrong), "{wrong}");
        }
        let open = Keys::new(None);
        assert!(!open.ask_for_token() && !open.is_token(""));
    }
}
