//! Text as it stands in a path or a form.

/// Everything but letters, digits and four signs by its bytes (RFC 3986).
pub(crate) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_plain_letter_is_its_bytes() {
        assert_eq!(percent("a-Z.0_9~"), "a-Z.0_9~");
        assert_eq!(percent("银 a/b&c=+%"), "%E9%93%B6%20a%2Fb%26c%3D%2B%25");
    }
}
