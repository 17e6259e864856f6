// Whether a hand holds something in the picture: then nothing else there answers to the pointer.
export const gesture = { holds: false };
