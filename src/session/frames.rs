//! Messages on a pipe: a length (4 bytes, little-endian), then that many bytes of JSON.

use std::io::{self, Read, Write};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A message larger than this is a fault, not a message.
const MAX_BYTES: u32 = 256 << 20;

/// Writes one message and flushes it.
pub fn write<T: Serialize>(pipe: &mut impl Write, message: &T) -> io::Result<()> {
    let bytes = serde_json::to_vec(message).map_err(io::Error::other)?;
    let length = u32::try_from(bytes.len())
        .ok()
        .filter(|length| *length <= MAX_BYTES)
        .ok_or_else(|| io::Error::other("message too large"))?;
    pipe.write_all(&length.to_le_bytes())?;
    pipe.write_all(&bytes)?;
    pipe.flush()
}

/// Reads one message; none at a clean end of the pipe.
pub fn read<T: DeserializeOwned>(pipe: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match pipe.read_exact(&mut length) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    }
    let length = u32::from_le_bytes(length);
    if length > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "not a message of ours"));
    }
    let mut bytes = vec![0; length as usize];
    pipe.read_exact(&mut bytes)?;
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_come_back_and_a_torn_pipe_is_an_error() {
        let mut pipe = Vec::new();
        write(&mut pipe, &vec![1, 2, 3]).expect("a vector is writable");
        write(&mut pipe, &"中文").expect("a vector is writable");
        let mut reader = pipe.as_slice();
        assert_eq!(read::<Vec<i32>>(&mut reader).expect("first"), Some(vec![1, 2, 3]));
        assert_eq!(read::<String>(&mut reader).expect("second"), Some("中文".to_owned()));
        assert_eq!(read::<String>(&mut reader).expect("end"), None);
        let mut torn = &pipe[..pipe.len() - 1];
        assert!(read::<Vec<i32>>(&mut torn).is_ok());
        assert!(read::<String>(&mut torn).is_err());
        assert!(read::<String>(&mut [255_u8; 8].as_slice()).is_err());
    }
}
