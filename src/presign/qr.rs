//! A link as a QR code, to be scanned from the terminal. Knows cells and glyphs, but neither colours nor a screen.

use qrcode::types::QrError as Refusal;
use qrcode::{Color, EcLevel, QrCode};
use thiserror::Error;

use super::link::SignedUrl;

/// The light margin on each side, in modules. The standard asks for 4; every common scanner reads 2, and links are long.
pub const QUIET_ZONE: usize = 2;

/// The black and white squares of a QR code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qr {
    size: usize,
    modules: Vec<bool>,
    long: LongBecause,
}

/// With which characters a code is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Glyphs {
    /// `▀▄█`: two modules to a cell, one above the other.
    HalfBlocks,
    /// `##`: a module is two cells wide, for fonts without the others.
    Ascii,
}

/// Which modules are drawn as characters; the others are left as the ground.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ink {
    /// The dark ones: right where the characters are dark on a light ground, as with an explicit black on white.
    Dark,
    /// The light ones, margin included: right where the characters are light on a dark ground, as plain text mostly is.
    Light,
}

/// A room or a need in terminal cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    /// Columns.
    pub width: usize,
    /// Rows.
    pub height: usize,
}

/// Why a link is so long that it makes a large code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LongBecause {
    /// The session token of temporary credentials is in it.
    SessionToken,
    /// It just is.
    Itself,
}

/// Why there is no code to scan.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum QrError {
    /// No QR code holds so much.
    #[error("the link has {bytes} bytes, and a QR code holds 2953 at most{}", shorter(*.because))]
    TooLong {
        /// The length of the URL.
        bytes: usize,
        /// What makes it so long.
        because: LongBecause,
    },
    /// The terminal is too small.
    #[error(
        "the QR code needs {} × {} cells and there are {} × {}: make the window larger or its font smaller{}",
        needs.width, needs.height, room.width, room.height, shorter(*.because)
    )]
    NoRoom {
        /// The cells that it takes.
        needs: Cells,
        /// The cells that there are.
        room: Cells,
        /// What makes it so large.
        because: LongBecause,
    },
}

fn shorter(because: LongBecause) -> &'static str {
    match because {
        LongBecause::SessionToken => "; a link signed with a long-lived key is shorter, as it holds no session token",
        LongBecause::Itself => "",
    }
}

/// The code for a link, at the lowest level of error correction (L), which gives the fewest modules.
pub fn qr(url: &SignedUrl) -> Result<Qr, QrError> {
    let text = url.expose();
    let long = if url.is_temporary() { LongBecause::SessionToken } else { LongBecause::Itself };
    let too_long = |_: Refusal| QrError::TooLong { bytes: text.len(), because: long };
    let code = QrCode::with_error_correction_level(text, EcLevel::L).map_err(too_long)?;
    let modules = code.to_colors().into_iter().map(|color| color == Color::Dark).collect();
    Ok(Qr { size: code.width(), modules, long })
}

impl Qr {
    /// The modules along one side, without the margin: 21 to 177.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Whether a module is dark, counted from the upper left; everything beyond is the light margin.
    pub fn dark(&self, x: usize, y: usize) -> bool {
        x < self.size && self.modules.get(y * self.size + x).copied().unwrap_or(false)
    }

    /// The cells that the code takes with its margin.
    pub fn cells(&self, glyphs: Glyphs) -> Cells {
        let side = self.size + 2 * QUIET_ZONE;
        match glyphs {
            Glyphs::HalfBlocks => Cells { width: side, height: side.div_ceil(2) },
            Glyphs::Ascii => Cells { width: 2 * side, height: side },
        }
    }

    /// The code in lines of equal width, or the room that it would need.
    pub fn lines(&self, room: Cells, glyphs: Glyphs, ink: Ink) -> Result<Vec<String>, QrError> {
        let needs = self.cells(glyphs);
        if needs.width > room.width || needs.height > room.height {
            return Err(QrError::NoRoom { needs, room, because: self.long });
        }
        let side = self.size + 2 * QUIET_ZONE;
        let inked = |x: usize, y: usize| {
            // Below the margin of an odd number of rows lies no module: half a row of the terminal's own ground.
            let dark = match (x.checked_sub(QUIET_ZONE), y.checked_sub(QUIET_ZONE)) {
                (Some(x), Some(y)) => self.dark(x, y),
                _ => false,
            };
            y < side && dark == (ink == Ink::Dark)
        };
        let row = |top: usize| -> String {
            let cell = |x| match glyphs {
                Glyphs::HalfBlocks => half_block(inked(x, top), inked(x, top + 1)),
                Glyphs::Ascii if inked(x, top) => "##",
                Glyphs::Ascii => "  ",
            };
            (0..side).map(cell).collect()
        };
        let step = match glyphs {
            Glyphs::HalfBlocks => 2,
            Glyphs::Ascii => 1,
        };
        Ok((0..side).step_by(step).map(row).collect())
    }
}

fn half_block(upper: bool, lower: bool) -> &'static str {
    match (upper, lower) {
        (true, true) => "█",
        (true, false) => "▀",
        (false, true) => "▄",
        (false, false) => " ",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: Cells = Cells { width: 400, height: 400 };

    fn url(bytes: usize) -> SignedUrl {
        let start = "https://s3.example.com/b/k?X-Amz-Signature=";
        SignedUrl::new(format!("{start}{}", "0123456789abcdef".repeat(200).get(..bytes - start.len()).unwrap()))
    }

    /// What a telephone reads off a terminal whose ground is light for dark ink and dark for light ink.
    fn scanned(lines: &[String], glyphs: Glyphs, ink: Ink) -> String {
        const PIXELS: usize = 4;
        let (columns, rows) = match glyphs {
            Glyphs::HalfBlocks => (1, 2),
            Glyphs::Ascii => (2, 1),
        };
        let cells: Vec<Vec<char>> = lines.iter().map(|line| line.chars().collect()).collect();
        let (width, height) = (cells[0].len() / columns, cells.len() * rows);
        let frame = 4;
        let dark_frame = ink == Ink::Light;
        let black = |x: usize, y: usize| {
            let (x, y) = (x / PIXELS, y / PIXELS);
            if x < frame || y < frame || x >= width + frame || y >= height + frame {
                return dark_frame;
            }
            let (x, y) = (x - frame, y - frame);
            let inked = match (cells[y / rows][x * columns], y % rows) {
                ('█' | '#', _) | ('▀', 0) | ('▄', 1) => true,
                (' ' | '▀' | '▄', _) => false,
                (other, _) => panic!("{other}"),
            };
            inked == (ink == Ink::Dark)
        };
        let pixels = |side: usize| (side + 2 * frame) * PIXELS;
        let grey = |x, y| if black(x, y) { 0 } else { 255 };
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(pixels(width), pixels(height), grey);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_scanner_reads_the_link_whatever_the_glyphs_and_the_ground() {
        for bytes in [90, 346, 700] {
            let url = url(bytes);
            let code = qr(&url).unwrap();
            for glyphs in [Glyphs::HalfBlocks, Glyphs::Ascii] {
                for ink in [Ink::Dark, Ink::Light] {
                    let lines = code.lines(PLENTY, glyphs, ink).unwrap();
                    assert_eq!(scanned(&lines, glyphs, ink), url.expose(), "{bytes} {glyphs:?} {ink:?}");
                }
            }
        }
    }

    #[test]
    fn lines_take_the_cells_that_were_said() {
        let code = qr(&url(346)).unwrap();
        for glyphs in [Glyphs::HalfBlocks, Glyphs::Ascii] {
            let needs = code.cells(glyphs);
            let lines = code.lines(needs, glyphs, Ink::Dark).unwrap();
            assert_eq!(lines.len(), needs.height);
            assert!(lines.iter().all(|line| line.chars().count() == needs.width));
        }
        assert!(code.dark(0, 0) && !code.dark(7, 0) && !code.dark(code.size(), 0) && !code.dark(0, code.size()));
    }

    #[test]
    fn what_does_not_fit_says_what_would_help() {
        let room = Cells { width: 60, height: 20 };
        let error = qr(&url(346)).unwrap().lines(room, Glyphs::HalfBlocks, Ink::Dark).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the QR code needs 69 × 35 cells and there are 60 × 20: make the window larger or its font smaller"
        );
        let long = SignedUrl::new(format!("https://h/b/k?X-Amz-Security-Token={}", "a".repeat(3000)));
        assert_eq!(
            qr(&long).unwrap_err().to_string(),
            "the link has 3035 bytes, and a QR code holds 2953 at most; \
             a link signed with a long-lived key is shorter, as it holds no session token"
        );
        assert!(qr(&url(2953)).is_ok() && !format!("{long:?}{:?}", qr(&long)).contains("aaa"));
    }
}
